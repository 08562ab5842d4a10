#include "fuzz/requests.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "fuzz/check.h"
#include "fuzz/input.h"

namespace keystile::fuzz {
namespace {

using namespace exchanges;

constexpr WallTime kNow{Millis{1780000000123}};
constexpr Millis kWindow{4000};
constexpr std::string_view kRealId = "realKEYrealKEYrealKEY01";

SecretBytes secret(std::string_view text) { return *SecretBytes::copy_of(text); }

const crypto::SigningKey& real_key() {
  static const auto key =
      *crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret("the real key's secret"));
  return key;
}

const crypto::VerifyingKey& real_half() {
  static const auto key = *crypto::VerifyingKey::hmac(secret("the real key's secret"));
  return key;
}

bool is_judged(Scope scope) {
  return scope == Scope::kTrade || scope == Scope::kTransfer || scope == Scope::kWithdraw ||
         scope == Scope::kAccount;
}

// --- what an intent must be ----------------------------------------------------------------------

bool positive_or_absent(const std::optional<Decimal>& value) {
  return !value || value->is_positive();
}

void check_leg(const OrderLeg& leg) {
  KS_HOLDS(positive_or_absent(leg.quantity));
  KS_HOLDS(positive_or_absent(leg.quote_quantity));
  KS_HOLDS(positive_or_absent(leg.price));
  KS_HOLDS(positive_or_absent(leg.trigger_price));
  if (leg.action == LegAction::kPlace) {
    KS_HOLDS(!leg.instrument.empty());
    KS_HOLDS(leg.order_id.empty());
  } else {
    KS_HOLDS(!leg.order_id.empty() || !leg.client_order_id.empty());
  }
}

void check_intent(const Intent& intent, const Route& route) {
  KS_HOLDS(intent.scope == route.scope);
  KS_HOLDS((intent.act == Act::kOrders) == !intent.legs.empty());
  KS_HOLDS((intent.act == Act::kTransfer) == intent.transfer.has_value());
  KS_HOLDS((intent.act == Act::kWithdraw) == intent.withdrawal.has_value());
  if (is_judged(route.scope)) {
    KS_HOLDS(route.described);
    KS_HOLDS(intent.act != Act::kRead);
    KS_HOLDS(!intent.summary.empty());
  }
  // What people read is one line.
  for (const unsigned char c : intent.summary) KS_HOLDS(c >= 0x20 && c != 0x7f);
  for (const OrderLeg& leg : intent.legs) check_leg(leg);
  if (intent.transfer) KS_HOLDS(intent.transfer->amount.is_positive());
  if (intent.withdrawal) KS_HOLDS(intent.withdrawal->amount.is_positive());
}

std::string spelled(const std::optional<Decimal>& value) { return value ? value->str() : "-"; }

std::string spelled(const OrderLeg& leg) {
  return fmt::format("{} {} '{}' {} {} {} {} {} {} {}{}{}{}{}{} '{}' '{}'\n",
                     static_cast<int>(leg.action), to_string(leg.product), leg.instrument,
                     to_string(leg.side), to_string(leg.type), spelled(leg.quantity),
                     spelled(leg.quote_quantity), spelled(leg.price), spelled(leg.trigger_price),
                     leg.test_only, leg.reduce_only, leg.close_position, leg.borrows, leg.post_only,
                     leg.conditional, leg.order_id, leg.client_order_id);
}

// --- changing a request --------------------------------------------------------------------------

// The same request with one more parameter, in each text where it can stand.
std::vector<HttpRequest> with_parameter(const HttpRequest& request, std::string_view name) {
  std::vector<HttpRequest> out;
  const std::string piece = std::string(name) + "=1";
  out.push_back(request);
  out.back().query += (request.query.empty() ? "" : "&") + piece;
  out.back().has_query = true;
  if (request.body.empty()) return out;
  const char first = request.body.front();
  const bool is_json = first == '{' || first == '[';
  const size_t brace = is_json ? request.body.find('{') : std::string::npos;
  out.push_back(request);
  if (brace == std::string::npos) {
    out.back().body += "&" + piece;
  } else {
    // First in the first object; what follows may be its end.
    const size_t next = request.body.find_first_not_of(" \t\r\n", brace + 1);
    const bool empty = next != std::string::npos && request.body[next] == '}';
    out.back().body.insert(brace + 1, fmt::format("\"{}\":1{}", name, empty ? "" : ","));
  }
  return out;
}

// Whoever adds something that nobody described must not get through.
void check_unknown_is_refused(const Exchange& exchange, const Route& route,
                              const HttpRequest& request) {
  for (const HttpRequest& changed : with_parameter(request, "notAParameter")) {
    KS_HOLDS(!exchange.credentials(changed, route) || !exchange.interpret(route, changed));
  }
}

std::vector<std::string> fill_client_order_ids(Intent* intent) {
  std::vector<std::string> ids;
  for (OrderLeg& leg : intent->legs) {
    if (leg.action != LegAction::kPlace || !leg.client_order_id.empty()) continue;
    if (!intent->one_order || ids.empty()) ids.push_back(fmt::format("ksid{}", ids.size()));
    leg.client_order_id = ids.back();
  }
  return ids;
}

bool is_plain(const Headers& headers) {
  return std::all_of(headers.begin(), headers.end(), [](const Header& header) {
    return std::none_of(header.value.begin(), header.value.end(),
                        [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  });
}

// What leaves is the same request in every respect that was judged, and good at the exchange.
void check_signed(const Exchange& exchange, const Route& route, const HttpRequest& request,
                  Intent intent) {
  const SecretBytes passphrase = secret("a Passphrase-1");
  const auto ids = fill_client_order_ids(&intent);
  const auto out =
      exchange.sign(request, route, {kRealId, &real_key(), &passphrase}, kNow, kWindow, ids);
  KS_HOLDS(out);
  KS_HOLDS(out->method == request.method && out->path == request.path);
  KS_HOLDS(is_plain(out->headers));
  const auto credentials = exchange.credentials(*out, route);
  KS_HOLDS(credentials);
  KS_HOLDS(credentials->key_id == kRealId);
  if (!credentials->signature.empty()) {
    KS_HOLDS(exchange.verify(*credentials, real_half()));
    KS_HOLDS(credentials->timestamp == kNow);
  } else {
    KS_HOLDS(route.access == Access::kKey);
  }
  const auto again = exchange.interpret(route, *out);
  KS_HOLDS(again);
  KS_HOLDS(fuzz::spelled(*again) == fuzz::spelled(intent));
}

void check_refusal(const Exchange& exchange, const Route* route, const HttpRequest& request,
                   const Error& error) {
  const HttpResponse response =
      exchange.refuse({Reason::kMalformed, error.code, error.message, {}}, route, request, kNow);
  KS_HOLDS(json::parse(response.body));
  KS_HOLDS(is_plain(response.headers));
}

}  // namespace

std::string spelled(const Intent& intent) {
  std::string text = fmt::format(
      "{} {} {} {} {} '{}'\n", to_string(intent.scope), to_string(intent.act), intent.one_fills,
      intent.one_order, intent.product ? to_string(*intent.product) : "-", intent.instrument);
  for (const OrderLeg& leg : intent.legs) text += spelled(leg);
  if (const auto& t = intent.transfer) {
    text += fmt::format("{} {} '{}' '{}' '{}' '{}' '{}' {}\n", t->asset, t->amount.str(), t->from,
                        t->to, t->from_account, t->to_account, t->client_id, t->leaves_account);
  }
  if (const auto& w = intent.withdrawal) {
    text += fmt::format("{} {} '{}' '{}' '{}' '{}' {} {}\n", w->asset, w->amount.str(), w->address,
                        w->tag, w->network, w->client_id, w->internal, w->fee_included);
  }
  return text;
}

void check_request(const Exchange& exchange, std::string_view input) {
  const HttpRequest request = read_request(input);
  const Route* route = exchange.routes().find(request.method, request.path);
  if (!route) {
    return check_refusal(exchange, nullptr, request, {"route.unknown", "not in the list", {}});
  }
  const auto credentials = exchange.credentials(request, *route);
  if (!credentials) {
    check_refusal(exchange, route, request, credentials.error());
  } else {
    KS_HOLDS(!credentials->key_id.empty());
    KS_HOLDS(route->access != Access::kSigned || credentials->timestamp.has_value());
    KS_HOLDS(credentials->window >= Millis(0));
    KS_HOLDS(!exchange.verify(*credentials, real_half()));
  }
  const auto intent = exchange.interpret(*route, request);
  if (!intent) return check_refusal(exchange, route, request, intent.error());
  check_intent(*intent, *route);
  if (is_judged(route->scope)) check_unknown_is_refused(exchange, *route, request);
  if (credentials && route->access != Access::kPublic) {
    check_signed(exchange, *route, request, *intent);
  }
}

}  // namespace keystile::fuzz
