// What `keystile sandbox` keeps in its folder:
//   ca.pem, ca.key          the CA that clients of the sandbox trust
//   server.pem, server.key  the listeners' certificate (localhost, 127.0.0.1, ::1)
//   keys.json               the simulated exchanges' API keys, secrets included; mode 0600
//   sandbox.json            base URLs and accounts, written anew at every start
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "net/tls.h"

namespace keystile::cli {

struct SandboxKey {
  std::string exchange;  // "binance"
  std::string name;      // "read", "trade", "transfer", "withdraw", "full", "sub", "other", …
  std::string account;   // the sandbox's account: "master", "sub", "other"
  std::vector<std::string> permissions;
  crypto::KeyAlgorithm algorithm = crypto::KeyAlgorithm::kHmacSha256;
  std::string key_id;
  SecretBytes secret;      // HMAC: the secret's text; else the private key as PEM
  SecretBytes passphrase;  // OKX; else empty
  std::string public_key;  // PEM; empty for HMAC
};

struct SandboxFolder {
  net::CertificateFiles ca, server;
  std::string state_file;  // sandbox.json
  std::vector<SandboxKey> keys;
};

// Where things are in a sandbox's folder, and its keys. "vault.missing", "vault.mode",
// "sandbox.keys" (keys.json is not what we wrote).
Result<SandboxFolder> read_sandbox_folder(const std::string& path);
// The same, and makes first whatever is not there yet. "sandbox.folder", "net.certificate".
Result<SandboxFolder> open_sandbox_folder(const std::string& path, Random& random, WallTime now);

}  // namespace keystile::cli
