#include "cli/sandbox_folder.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/json.h"
#include "base/secret_reveal.h"
#include "exchanges/exchange.h"
#include "vault/file.h"

namespace keystile::cli {
namespace {

using crypto::KeyAlgorithm;

constexpr int kCertificateDays = 825;  // the most that common TLS clients accept of a server
constexpr size_t kMaxKeysFile = 1 << 20;

// The keys that a new sandbox has on each exchange.
struct Plan {
  std::string_view name, account;
  KeyAlgorithm algorithm;
  std::vector<std::string> permissions;
};

const std::vector<Plan>& plans() {
  const std::vector<std::string> trade{"read", "spot-trade", "margin", "futures"};
  const std::vector<std::string> full{"read",     "spot-trade",   "margin",  "futures",
                                      "transfer", "sub-transfer", "withdraw"};
  constexpr KeyAlgorithm kHmac = KeyAlgorithm::kHmacSha256;
  static const std::vector<Plan> all{
      {"read", "master", kHmac, {"read"}},
      {"trade", "master", kHmac, trade},
      {"transfer", "master", kHmac, {"read", "transfer", "sub-transfer"}},
      {"withdraw", "master", kHmac, {"read", "withdraw"}},
      {"full", "master", kHmac, full},
      {"sub", "sub", kHmac, trade},
      {"sub-read", "sub", kHmac, {"read"}},
      {"other", "other", kHmac, full},
      {"trade-rsa", "master", KeyAlgorithm::kRsaSha256, trade},
      {"trade-ed25519", "master", KeyAlgorithm::kEd25519, trade},
  };
  return all;
}

bool offers(const exchanges::Exchange& exchange, KeyAlgorithm algorithm) {
  if (algorithm == KeyAlgorithm::kHmacSha256) return true;
  for (const KeyAlgorithm offered : exchange.algorithms()) {
    if (offered == algorithm) return true;
  }
  return false;
}

Result<SandboxKey> make_key(const exchanges::Exchange& exchange, const Plan& plan, Random& random) {
  KS_TRY(exchanges::NewKey fresh, exchange.make_key(random));
  SandboxKey key{.exchange = std::string(exchange.name()),
                 .name = std::string(plan.name),
                 .account = std::string(plan.account),
                 .permissions = plan.permissions,
                 .algorithm = plan.algorithm,
                 .key_id = std::move(fresh.key_id),
                 .secret = std::move(fresh.secret),
                 .passphrase = std::move(fresh.passphrase),
                 .public_key = {}};
  if (plan.algorithm != KeyAlgorithm::kHmacSha256) {
    KS_TRY(crypto::KeyPair pair, crypto::generate_key_pair(plan.algorithm));
    key.secret = std::move(pair.private_pem);
    key.public_key = std::move(pair.public_pem);
  }
  return key;
}

json::Value describe(const SandboxKey& key, const RevealToken& token) {
  json::Array permissions(key.permissions.begin(), key.permissions.end());
  return json::object({{"exchange", key.exchange},
                       {"name", key.name},
                       {"account", key.account},
                       {"permissions", std::move(permissions)},
                       {"algorithm", crypto::to_string(key.algorithm)},
                       {"key", key.key_id},
                       {"secret", key.secret.bytes(token)},
                       {"passphrase", key.passphrase.bytes(token)},
                       {"public_key", key.public_key}});
}

// Copies of the secrets stay in ordinary memory here and in read_keys(): they open nothing but a
// simulation.
Status write_keys(const std::string& path, Random& random) {
  const RevealToken token;
  json::Array keys;
  for (const exchanges::Exchange* exchange : exchanges::all_exchanges()) {
    for (const Plan& plan : plans()) {
      if (!offers(*exchange, plan.algorithm)) continue;
      KS_TRY(const SandboxKey key, make_key(*exchange, plan, random));
      keys.push_back(describe(key, token));
    }
  }
  std::string text = json::dump_pretty(json::object({{"keys", std::move(keys)}})) + "\n";
  KS_TRY(const SecretBytes content, SecretBytes::copy_of(text));
  wipe(&text);
  return vault::create_private(path, content);
}

tl::unexpected<Error> bad_keys(const std::string& path) {
  return fail("sandbox.keys",
              path + " is not the keys of a sandbox; remove it and new ones are made");
}

Result<SandboxKey> parse_key(const json::Value& text) {
  SandboxKey key;
  key.exchange = text.text("exchange");
  key.name = text.text("name");
  key.account = text.text("account");
  key.key_id = text.text("key");
  key.public_key = text.text("public_key");
  KS_TRY(key.algorithm, crypto::parse_algorithm(text.text("algorithm")));
  KS_TRY(key.secret, SecretBytes::copy_of(text.text("secret")));
  KS_TRY(key.passphrase, SecretBytes::copy_of(text.text("passphrase")));
  const json::Value* permissions = text.find("permissions");
  if (!permissions || !permissions->if_array() || key.key_id.empty() || key.secret.empty()) {
    return fail("sandbox.keys", "a key is incomplete");
  }
  for (const json::Value& permission : *permissions->if_array()) {
    key.permissions.emplace_back(permission.text());
  }
  return key;
}

Result<std::vector<SandboxKey>> read_keys(const std::string& path) {
  KS_TRY(const SecretBytes content,
         vault::read_private_secret(path, kMaxKeysFile, vault::Privacy::kOwnerOnly));
  const Result<json::Value> text = json::parse(content.bytes(RevealToken()));
  const json::Value* listed = text ? text->find("keys") : nullptr;
  if (!listed || !listed->if_array()) return bad_keys(path);
  std::vector<SandboxKey> keys;
  for (const json::Value& one : *listed->if_array()) {
    Result<SandboxKey> key = parse_key(one);
    if (!key) return bad_keys(path);
    keys.push_back(std::move(*key));
  }
  return keys;
}

Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno == EEXIST && std::filesystem::is_directory(path)) return {};
  return fail("sandbox.folder", "cannot make the folder " + path + ": " + std::strerror(errno));
}

SandboxFolder layout(const std::string& path) {
  return {.ca = {path + "/ca.pem", path + "/ca.key"},
          .server = {path + "/server.pem", path + "/server.key"},
          .state_file = path + "/sandbox.json",
          .keys = {}};
}

std::string keys_file(const std::string& path) { return path + "/keys.json"; }

}  // namespace

Result<SandboxFolder> read_sandbox_folder(const std::string& path) {
  SandboxFolder folder = layout(path);
  KS_TRY(folder.keys, read_keys(keys_file(path)));
  return folder;
}

Result<SandboxFolder> open_sandbox_folder(const std::string& path, Random& random, WallTime now) {
  namespace fs = std::filesystem;
  KS_CHECK(make_folder(path));
  const SandboxFolder files = layout(path);
  std::error_code ignored;
  if (!fs::exists(files.ca.certificate, ignored)) {
    KS_CHECK(net::create_ca(files.ca, "Keystile sandbox", now, kCertificateDays));
  }
  if (!fs::exists(files.server.certificate, ignored)) {
    KS_CHECK(net::create_server_certificate(
        files.server, files.ca, {"localhost", "127.0.0.1", "::1"}, now, kCertificateDays));
  }
  if (!fs::exists(keys_file(path), ignored)) {
    KS_CHECK(write_keys(keys_file(path), random));
  }
  return read_sandbox_folder(path);
}

}  // namespace keystile::cli
