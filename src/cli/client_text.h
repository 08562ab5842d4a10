// What to paste where, so that a program uses a virtual key.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "policy/model.h"
#include "signer/layout.h"

namespace keystile::cli {

// All that a program needs. The secret fields are empty where they are not to be shown.
struct ClientAccess {
  std::string client, exchange;
  std::string base_url;       // "https://127.0.0.1:8443/binance"; empty if no listener has it
  std::string own_url;        // the listener for this exchange alone; or empty
  std::string proxy;          // "http://127.0.0.1:8447", for HTTPS_PROXY; or empty
  std::string ca_file;        // to trust for the base URLs
  std::string proxy_ca_file;  // to trust by the exchange's own names
  std::string key_id;
  const SecretBytes* secret = nullptr;
  const SecretBytes* passphrase = nullptr;
};

// Where a listener is, for people and programs: "https://127.0.0.1:8443", "http://[::1]:8447" (a
// proxy), or "unix:/realm/run/gate.sock".
std::string url_of(const signer::Layout& layout, const signer::ListenerSettings& listener);

ClientAccess access_of(const policy::Policy& policy, const policy::Client& client,
                       const signer::Layout& layout, const signer::NodeSettings& settings);

// "text, env, json, …", for people.
std::string format_names();
// format: one of format_names(), else "format.unknown". The caller prints the text once and wipes
// it.
Result<std::string> render(const ClientAccess& access, const std::string& format,
                           const RevealToken& token);

// Before anything is made whose secret is printed only once.
Status check_format(const std::string& format);

// What must stand in the program's environment beside what render() gives. No secret.
std::vector<std::pair<std::string, std::string>> surroundings_of(const ClientAccess& access,
                                                                 const std::string& format);

// The environment variables of `exec` and of format env, in order.
std::vector<std::pair<std::string, std::string>> environment_of(const ClientAccess& access,
                                                                const RevealToken& token);

}  // namespace keystile::cli
