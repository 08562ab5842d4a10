#include "cli/client_text.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/secret_reveal.h"
#include "cli/client_snippets.h"
#include "cli/listener_certificate.h"

namespace keystile::cli {
namespace {

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

json::Value plain_json(const ClientAccess& access, const RevealToken& token) {
  json::Value value = json::object({{"client", access.client},
                                    {"exchange", access.exchange},
                                    {"base_url", access.base_url},
                                    {"own_url", access.own_url},
                                    {"proxy", access.proxy},
                                    {"proxy_ca_file", access.proxy_ca_file},
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
  out += fmt::format("trust CA    {}\n", access.ca_file);
  if (!access.proxy.empty()) {
    out += fmt::format("proxy       {}\nits CA      {}\n", access.proxy, access.proxy_ca_file);
  }
  out += fmt::format("API key     {}\n", access.key_id);
  if (access.secret) out += fmt::format("secret      {}\n", reveal(access.secret, token));
  if (access.passphrase) out += fmt::format("passphrase  {}\n", reveal(access.passphrase, token));
  return out;
}

std::string env_text(const ClientAccess& access, const RevealToken& token) {
  std::string out;
  for (const auto& [name, value] : environment_of(access, token)) {
    out += fmt::format("export {}={}\n", name, shell_quoted(value));
  }
  return out;
}

}  // namespace

std::string url_of(const signer::Layout& layout, const signer::ListenerSettings& listener) {
  if (!listener.socket.empty()) return "unix:" + layout.resolve(listener.socket);
  const std::string host =
      is_any_address(listener.address) ? public_host(layout) : listener.address;
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", listener.kind == "proxy" ? "http" : "https",
                     v6 ? "[" + host + "]" : host, listener.port);
}

ClientAccess access_of(const policy::Policy& policy, const policy::Client& client,
                       const signer::Layout& layout, const signer::NodeSettings& settings) {
  ClientAccess access;
  access.client = client.name;
  access.key_id = client.key_id;
  access.ca_file = layout.tls() + "/ca.pem";
  access.proxy_ca_file = layout.exchange_ca();
  const policy::Account* account = policy.account(client.account);
  if (!account) return access;
  access.exchange = account->exchange;
  for (const signer::ListenerSettings& listener : settings.listeners) {
    if (listener.environment != account->environment) continue;
    const std::string url = url_of(layout, listener);
    if (listener.kind == "proxy" && listener.socket.empty()) access.proxy = url;
    if (listener.kind != "base-url" || !listener.socket.empty()) continue;
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

namespace {

struct Format {
  std::string_view name;
  Result<std::string> (*render)(const ClientAccess& access, const RevealToken& token);
};

constexpr Format kFormats[] = {
    {"text",
     [](const ClientAccess& a, const RevealToken& t) -> Result<std::string> { return text(a, t); }},
    {"env",
     [](const ClientAccess& a, const RevealToken& t) -> Result<std::string> {
       return env_text(a, t);
     }},
    {"json",
     [](const ClientAccess& a, const RevealToken& t) -> Result<std::string> {
       return json::dump_pretty(plain_json(a, t)) + "\n";
     }},
    {"ccxt", ccxt_text},
    {"freqtrade", freqtrade_text},
    {"curl", curl_text},
    {"requests", requests_text},
    {"node", node_text},
};

}  // namespace

std::string format_names() {
  std::string names;
  for (const Format& format : kFormats) {
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  }
  return names;
}

Status check_format(const std::string& name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return {};
  }
  return fail("format.unknown", "the format must be one of " + format_names());
}

Result<std::string> render(const ClientAccess& access, const std::string& name,
                           const RevealToken& token) {
  for (const Format& format : kFormats) {
    if (format.name == name) return format.render(access, token);
  }
  KS_CHECK(check_format(name));
  return "";
}

}  // namespace keystile::cli
