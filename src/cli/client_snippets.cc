#include "cli/client_snippets.h"

#include <fmt/format.h>

#include "base/secret_reveal.h"
#include "exchanges/exchange.h"

namespace keystile::cli {
namespace {

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

// A way to the exchange's time route, which needs no key.
struct Way {
  std::string url, ca_file;
  std::string proxy;  // or empty
};
std::vector<Way> ways_of(const ClientAccess& access) {
  std::vector<Way> ways;
  const exchanges::Exchange* exchange = exchanges::find_exchange(access.exchange);
  if (!exchange) return ways;
  const exchanges::HostFamily& host = exchange->hosts().front();
  const std::string target = exchange->time_query(host.family).target();
  if (!access.base_url.empty()) ways.push_back({access.base_url + target, access.ca_file, ""});
  if (!access.proxy.empty()) {
    ways.push_back({"https://" + host.production + target, access.proxy_ca_file, access.proxy});
  }
  return ways;
}

std::string_view comment_on(const Way& way) {
  return way.proxy.empty() ? "# by base URL\n" : "# by the exchange's own name\n";
}

// To trust on the way that a program without a setting for the host takes: a proxy if there is one.
const std::string& ca_of(const ClientAccess& access) {
  return access.proxy.empty() ? access.ca_file : access.proxy_ca_file;
}

// JSON strings are also strings of Python and JavaScript.
std::string quoted(const std::string& text) { return json::dump(json::Value(text)); }

}  // namespace

std::string reveal(const SecretBytes* secret, const RevealToken& token) {
  return secret ? std::string(secret->bytes(token)) : std::string();
}

std::string shell_quoted(const std::string& value) {
  std::string out = "'";
  for (const char c : value) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

Result<std::string> ccxt_text(const ClientAccess& access, const RevealToken& token) {
  return json::dump_pretty(ccxt_config(access, token)) + "\n";
}

Result<std::string> freqtrade_text(const ClientAccess& access, const RevealToken& token) {
  json::Value exchange = json::object({{"name", access.exchange},
                                       {"key", access.key_id},
                                       {"secret", reveal(access.secret, token)}});
  if (access.passphrase) exchange.set("password", reveal(access.passphrase, token));
  // REST only: the exchanges' WebSockets have hosts that Keystile does not answer for.
  exchange.set("enable_ws", false);
  // requests takes the CA (and the proxy) from the environment then, aiohttp from what stands here.
  json::Value config = json::object({{"requests_trust_env", true}, {"cafile", ca_of(access)}});
  if (access.proxy.empty()) {
    config.set("urls", ccxt_urls(access));
  } else {
    config.set("aiohttp_trust_env", true);
  }
  exchange.set("ccxt_config", std::move(config));
  return json::dump_pretty(json::object({{"exchange", std::move(exchange)}})) + "\n";
}

Result<std::string> curl_text(const ClientAccess& access, const RevealToken&) {
  std::string out;
  for (const Way& way : ways_of(access)) {
    const std::string proxy = way.proxy.empty() ? "" : "--proxy " + shell_quoted(way.proxy) + " ";
    out += fmt::format("{}curl {}--cacert {} {}\n", comment_on(way), proxy,
                       shell_quoted(way.ca_file), shell_quoted(way.url));
  }
  return out;
}

Result<std::string> requests_text(const ClientAccess& access, const RevealToken&) {
  std::string out = "import requests\n";
  for (const Way& way : ways_of(access)) {
    out += fmt::format(
        "\n{}session = requests.Session()\n"
        "session.trust_env = False  # or REQUESTS_CA_BUNDLE would win over what stands here\n"
        "session.verify = {}\n",
        comment_on(way), quoted(way.ca_file));
    if (!way.proxy.empty()) {
      out += fmt::format("session.proxies = {{\"https\": {}}}\n", quoted(way.proxy));
    }
    out += fmt::format("print(session.get({}).json())\n", quoted(way.url));
  }
  return out;
}

// By base URL: Node.js itself knows no proxy (before its version 24).
Result<std::string> node_text(const ClientAccess& access, const RevealToken&) {
  std::string out;
  for (const Way& way : ways_of(access)) {
    if (!way.proxy.empty()) continue;
    const std::string program = fmt::format(
        "fetch({}).then(async (answer) => console.log(await answer.text()))", quoted(way.url));
    out += fmt::format("export NODE_EXTRA_CA_CERTS={}\nnode -e {}\n", shell_quoted(way.ca_file),
                       shell_quoted(program));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> surroundings_of(const ClientAccess& access,
                                                                 const std::string& format) {
  if (format == "ccxt") {
    return {{"NODE_EXTRA_CA_CERTS", access.ca_file}, {"REQUESTS_CA_BUNDLE", access.ca_file}};
  }
  if (format == "freqtrade") {
    std::vector<std::pair<std::string, std::string>> out{{"REQUESTS_CA_BUNDLE", ca_of(access)}};
    if (!access.proxy.empty()) out.push_back({"HTTPS_PROXY", access.proxy});
    return out;
  }
  return {};
}

}  // namespace keystile::cli
