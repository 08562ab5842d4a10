#include "cli/client_text.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/secret_reveal.h"

namespace keystile::cli {
namespace {

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string reveal(const SecretBytes* secret, const RevealToken& token) {
  return secret ? std::string(secret->bytes(token)) : std::string();
}

// ccxt names hosts by family; each exchange's map of them, with our base in front.
json::Value ccxt_urls(const ClientAccess& access) {
  const std::string& base = access.base_url;
  json::Value api = json::object({});
  if (access.exchange == "binance") {
    const std::pair<const char*, const char*> families[] = {
        {"public", "/api/v3"},         {"private", "/api/v3"},        {"v1", "/api/v1"},
        {"sapi", "/sapi/v1"},          {"sapiV2", "/sapi/v2"},        {"sapiV3", "/sapi/v3"},
        {"sapiV4", "/sapi/v4"},        {"fapiPublic", "/fapi/v1"},    {"fapiPublicV2", "/fapi/v2"},
        {"fapiPublicV3", "/fapi/v3"},  {"fapiPrivate", "/fapi/v1"},   {"fapiPrivateV2", "/fapi/v2"},
        {"fapiPrivateV3", "/fapi/v3"}, {"fapiData", "/futures/data"}, {"dapiPublic", "/dapi/v1"},
        {"dapiPrivate", "/dapi/v1"},   {"dapiPrivateV2", "/dapi/v2"}, {"dapiData", "/futures/data"},
        {"eapiPublic", "/eapi/v1"},    {"eapiPrivate", "/eapi/v1"},   {"papi", "/papi/v1"},
        {"papiV2", "/papi/v2"}};
    for (const auto& [name, path] : families) api.set(name, base + path);
  } else if (access.exchange == "okx") {
    api.set("rest", base);
  } else {
    api.set("public", base);
    api.set("private", base);
    if (access.exchange == "bybit") {
      for (const char* name : {"spot", "futures", "v2"}) api.set(name, base);
    }
  }
  return json::object({{"api", std::move(api)}});
}

json::Value ccxt_config(const ClientAccess& access, const RevealToken& token) {
  json::Value config =
      json::object({{"apiKey", access.key_id}, {"secret", reveal(access.secret, token)}});
  if (access.passphrase) config.set("password", reveal(access.passphrase, token));
  config.set("urls", ccxt_urls(access));
  // ccxt for Python: take the trusted CA from REQUESTS_CA_BUNDLE; the others ignore it.
  config.set("requests_trust_env", true);
  return config;
}

json::Value freqtrade_config(const ClientAccess& access, const RevealToken& token) {
  json::Value exchange = json::object({{"name", access.exchange},
                                       {"key", access.key_id},
                                       {"secret", reveal(access.secret, token)}});
  if (access.passphrase) exchange.set("password", reveal(access.passphrase, token));
  exchange.set("ccxt_config", json::object({{"urls", ccxt_urls(access)}}));
  exchange.set("ccxt_async_config", json::object({{"urls", ccxt_urls(access)}}));
  return json::object({{"exchange", std::move(exchange)}});
}

json::Value plain_json(const ClientAccess& access, const RevealToken& token) {
  json::Value value = json::object({{"client", access.client},
                                    {"exchange", access.exchange},
                                    {"base_url", access.base_url},
                                    {"own_url", access.own_url},
                                    {"ca_file", access.ca_file},
                                    {"key", access.key_id}});
  if (access.secret) value.set("secret", reveal(access.secret, token));
  if (access.passphrase) value.set("passphrase", reveal(access.passphrase, token));
  return value;
}

std::string text(const ClientAccess& access, const RevealToken& token) {
  std::string out = fmt::format("client      {}\nexchange    {}\nbase URL    {}\n", access.client,
                                access.exchange, access.base_url);
  if (!access.own_url.empty()) out += fmt::format("own host    {}\n", access.own_url);
  out += fmt::format("trust CA    {}\nAPI key     {}\n", access.ca_file, access.key_id);
  if (access.secret) out += fmt::format("secret      {}\n", reveal(access.secret, token));
  if (access.passphrase) out += fmt::format("passphrase  {}\n", reveal(access.passphrase, token));
  return out;
}

// In single quotes for a shell; keys and secrets hold none, and a path that does is escaped.
std::string shell_quoted(const std::string& value) {
  std::string out = "'";
  for (const char c : value) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string env_text(const ClientAccess& access, const RevealToken& token) {
  std::string out;
  for (const auto& [name, value] : environment_of(access, token)) {
    out += fmt::format("export {}={}\n", name, shell_quoted(value));
  }
  return out;
}

}  // namespace

ClientAccess access_of(const policy::Policy& policy, const policy::Client& client,
                       const signer::Layout& layout, const signer::NodeSettings& settings) {
  ClientAccess access;
  access.client = client.name;
  access.key_id = client.key_id;
  access.ca_file = layout.tls() + "/ca.pem";
  const policy::Account* account = policy.account(client.account);
  if (!account) return access;
  access.exchange = account->exchange;
  for (const signer::ListenerSettings& listener : settings.listeners) {
    if (listener.environment != account->environment) continue;
    const bool v6 = listener.address.find(':') != std::string::npos;
    const std::string url = v6 ? fmt::format("https://[{}]:{}", listener.address, listener.port)
                               : fmt::format("https://{}:{}", listener.address, listener.port);
    if (listener.exchange.empty()) access.base_url = url + "/" + account->exchange;
    if (listener.exchange == account->exchange) access.own_url = url;
  }
  if (access.base_url.empty()) access.base_url = access.own_url;
  return access;
}

std::vector<std::pair<std::string, std::string>> environment_of(const ClientAccess& access,
                                                                const RevealToken& token) {
  const std::string prefix = upper(access.exchange);
  std::vector<std::pair<std::string, std::string>> out{
      {"KEYSTILE_BASE_URL", access.base_url},
      {prefix + "_BASE_URL", access.base_url},
      {prefix + "_API_KEY", access.key_id},
      {"SSL_CERT_FILE", access.ca_file},         // OpenSSL programs, httpx
      {"REQUESTS_CA_BUNDLE", access.ca_file},    // Python requests
      {"NODE_EXTRA_CA_CERTS", access.ca_file}};  // Node.js
  if (access.secret) out.push_back({prefix + "_API_SECRET", reveal(access.secret, token)});
  if (access.passphrase)
    out.push_back({prefix + "_API_PASSPHRASE", reveal(access.passphrase, token)});
  return out;
}

Status check_format(const std::string& format) {
  for (const char* known : {"text", "env", "json", "ccxt", "freqtrade"}) {
    if (format == known) return {};
  }
  return fail("format.unknown", "the format must be text, ccxt, env, json or freqtrade");
}

Result<std::string> render(const ClientAccess& access, const std::string& format,
                           const RevealToken& token) {
  if (format == "text") return text(access, token);
  if (format == "env") return env_text(access, token);
  if (format == "json") return json::dump_pretty(plain_json(access, token)) + "\n";
  if (format == "ccxt") return json::dump_pretty(ccxt_config(access, token)) + "\n";
  KS_CHECK(check_format(format));
  return json::dump_pretty(freqtrade_config(access, token)) + "\n";
}

}  // namespace keystile::cli
