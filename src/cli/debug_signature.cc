// keystile debug-signature: what was signed and what should have been, side by side.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "base/encoding.h"
#include "base/secret_reveal.h"
#include "cli/commands.h"
#include "cli/realm_access.h"
#include "cli/terminal.h"
#include "exchanges/exchange.h"

namespace keystile::cli {
namespace {

struct Options {
  std::string exchange, method, target, body, client;
  std::vector<std::string> headers;
  int64_t secret_fd = -1;
};

Result<HttpRequest> request_of(const Options& o) {
  HttpRequest request = request_to(o.method, o.target);
  request.body = o.body;
  for (const std::string& header : o.headers) {
    const size_t colon = header.find(':');
    if (colon == std::string::npos)
      return fail("usage.header", "a header is written 'Name: value'");
    const size_t start = header.find_first_not_of(' ', colon + 1);
    request.headers.push_back(
        {header.substr(0, colon), start == std::string::npos ? "" : header.substr(start)});
  }
  return request;
}

Result<SecretBytes> secret_of(const Globals& globals, const Options& o) {
  if (o.client.empty()) {
    return o.secret_fd >= 0 ? read_secret_from_fd(static_cast<int>(o.secret_fd))
                            : read_secret_from_terminal("Secret of the key that signed: ");
  }
  KS_TRY(const signer::InForce in_force, signer::policy_in_force(signer::Layout(globals.realm)));
  const policy::Policy policy = policy::load(in_force.bundle).policy;
  const policy::Client* client = policy.client(o.client);
  const policy::Account* account = client ? policy.account(client->account) : nullptr;
  if (!account)
    return fail("client.unknown", fmt::format("the policy in force has no client {}", o.client));
  KS_TRY(const vault::Vault vault, open_vault(globals, account->environment));
  return vault.secret(client->vault, RevealToken{});
}

// The signature the exchange expects, as each of them spells it.
std::string expected(std::string_view exchange, const std::string& raw) {
  return exchange == "okx" ? base64_encode(raw) : hex_encode(raw);
}

Result<int> debug(const Globals& globals, Output& out, const Options& o) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(o.exchange);
  if (!exchange)
    return fail("exchange.unknown",
                fmt::format("keystile does not know an exchange {}", o.exchange));
  KS_TRY(const HttpRequest request, request_of(o));
  const exchanges::Route* known = exchange->routes().find(request.method, request.path);
  exchanges::Route route{request.method, request.path, exchanges::Scope::kRead,
                         exchanges::Access::kSigned, false};
  if (known) route = *known;
  route.access = exchanges::Access::kSigned;
  KS_TRY(const exchanges::Credentials credentials, exchange->credentials(request, route));
  KS_TRY(const SecretBytes secret, secret_of(globals, o));
  KS_TRY(const crypto::SigningKey key,
         crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret));
  KS_TRY(const crypto::VerifyingKey verifier, crypto::VerifyingKey::hmac(secret));
  KS_TRY(const std::string raw, key.sign(credentials.payload));
  const bool good = exchange->verify(credentials, verifier);
  const std::string wanted = expected(exchange->name(), raw);
  out.line(fmt::format("route      {}",
                       known ? fmt::format("{} ({})", to_string(*known), to_string(known->scope))
                             : "not in the exchange's list: it would be refused"));
  out.line(fmt::format("API key    {}", credentials.key_id));
  out.line(fmt::format("time       {}",
                       credentials.timestamp ? iso8601(*credentials.timestamp) : "none"));
  out.line(fmt::format("signed     {}", credentials.payload));
  out.line(fmt::format("received   {}", credentials.signature));
  out.line(fmt::format("expected   {}", wanted));
  out.line(good ? "The signature is right."
                : "The signature does NOT match: another secret, or other bytes were signed.");
  out.result(json::object({{"known_route", known != nullptr},
                           {"key", credentials.key_id},
                           {"payload", credentials.payload},
                           {"received", credentials.signature},
                           {"expected", wanted},
                           {"matches", good}}));
  return good ? kOk : kNo;
}

}  // namespace

void add_debug_signature(Command& root) {
  auto o = std::make_shared<Options>();
  Command command = root.add("debug-signature",
                             "Show what a request signs, and what its signature should be (HMAC)");
  command.argument("exchange", &o->exchange, "binance, okx or bybit")
      .argument("method", &o->method, "GET, POST, …")
      .argument("target", &o->target, "Path and query as sent, e.g. /api/v3/order?symbol=…")
      .option("--header", &o->headers, "A header as sent, 'Name: value' (repeatable)")
      .option("--body", &o->body, "The body as sent")
      .option("--client", &o->client, "Use this client's virtual secret")
      .option("--secret-fd", &o->secret_fd, "Read the secret from this file descriptor");
  command.run([o](const Globals& g, Output& out) { return debug(g, out, *o); });
}

}  // namespace keystile::cli
