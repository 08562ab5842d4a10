#include <fmt/format.h>

#include <algorithm>

#include "policy/hours.h"
#include "policy/rules.h"

namespace keystile::policy {
namespace {

using exchanges::Act;
using exchanges::Product;
using exchanges::Reason;
using exchanges::Scope;

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

Objection revoked(const Question& q) {
  if (!q.client->revoked) return {};
  return Denial{Reason::kUnknownKey, "client " + q.client->name + " is revoked"};
}

Objection expired(const Question& q) {
  if (!q.client->expires || q.now < *q.client->expires) return {};
  return Denial{Reason::kUnknownKey,
                "client " + q.client->name + " expired at " + iso8601(*q.client->expires)};
}

// Asking people again for the same thing, by the same id, is reading what became of it.
bool reads(const Question& q) { return q.intent->act == Act::kRead || is_repeated(q); }

// People have stopped its account. What looks, cancels or only reduces goes on.
Objection frozen(const Question& q) {
  const bool takes_back = q.withdrawal && q.withdrawal->cancels;
  if (q.frozen.empty() || reads(q) || takes_back || only_reduces(*q.intent)) return {};
  return not_permitted(std::string(q.frozen));
}

Objection changes_keys(const Question& q) {
  const bool asks = q.route->scope == Scope::kAccount || q.intent->scope == Scope::kAccount ||
                    q.intent->act == Act::kKeyAdmin;
  if (!asks) return {};
  return not_permitted("keys, sub-accounts and permissions are changed by people, not by programs");
}

// The scope that an act needs whatever the route table says of its route.
std::optional<Scope> scope_of(Act act) {
  switch (act) {
    case Act::kOrders:
    case Act::kCancelAll:
    case Act::kAccountSetting:
      return Scope::kTrade;
    case Act::kTransfer:
      return Scope::kTransfer;
    case Act::kWithdraw:
      return Scope::kWithdraw;
    case Act::kKeyAdmin:
      return Scope::kAccount;
    case Act::kRead:
    case Act::kOther:
      return std::nullopt;
  }
  return Scope::kAccount;
}

Objection lacks_scope(const Question& q) {
  for (Scope scope : scopes_needed(q)) {
    if (!contains(q.client->grant.scopes, scope)) {
      return not_permitted(fmt::format("the grant has no {} scope", exchanges::to_string(scope)));
    }
  }
  return {};
}

bool any_covers(const std::vector<RoutePattern>& patterns, const exchanges::Route& route) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const RoutePattern& pattern) {
    return pattern.matches(route.method, route.path);
  });
}

Objection route_closed(const Question& q) {
  const Grant& grant = q.client->grant;
  if (any_covers(grant.deny_routes, *q.route)) {
    Denial denial = not_permitted("the grant denies " + exchanges::to_string(*q.route));
    denial.always = true;
    return denial;
  }
  if (grant.allow_routes.empty() || any_covers(grant.allow_routes, *q.route)) return {};
  return not_permitted("the grant does not list " + exchanges::to_string(*q.route));
}

// A write whose meaning we do not know in full: borrowing, lending, earning, converting…
Objection untyped(const Question& q) {
  const exchanges::Intent& intent = *q.intent;
  const bool complete = intent.act != Act::kOther &&
                        (intent.act != Act::kOrders || !intent.legs.empty()) &&
                        (intent.act != Act::kTransfer || intent.transfer) &&
                        (intent.act != Act::kWithdraw || (intent.withdrawal && q.withdrawal));
  if (complete || (q.withdrawal && q.withdrawal->cancels)) return {};
  return not_permitted("what " + exchanges::to_string(*q.route) + " does cannot be judged");
}

bool acts_on_account(Act act) { return act == Act::kCancelAll || act == Act::kAccountSetting; }

Objection not_account_wide(const Question& q) {
  if (!acts_on_account(q.intent->act) || q.client->grant.account_wide) return {};
  return not_permitted("this acts on the whole account, and the grant is not account_wide");
}

// Leverage and modes: never for spot, and only within the products of the grant.
Objection setting_outside(const Question& q) {
  if (q.intent->act != Act::kAccountSetting) return {};
  const Grant& grant = q.client->grant;
  const auto leveraged = [](Product p) { return p != Product::kSpot; };
  const bool product_ok =
      q.intent->product
          ? leveraged(*q.intent->product) && contains(grant.products, *q.intent->product)
          : std::any_of(grant.products.begin(), grant.products.end(), leveraged);
  if (product_ok) return {};
  return not_permitted("the grant covers no product that this setting changes");
}

Objection setting_elsewhere(const Question& q) {
  const std::string& instrument = q.intent->instrument;
  if (q.intent->act != Act::kAccountSetting || instrument.empty()) return {};
  if (instrument_granted(q.client->grant, instrument)) return {};
  return not_permitted("the grant does not cover " + instrument);
}

Objection request_outside_hours(const Question& q) {
  const bool judged = q.intent->act == Act::kTransfer || q.intent->act == Act::kWithdraw ||
                      q.intent->act == Act::kAccountSetting;
  return judged ? outside_hours(q) : Objection{};
}

Objection reads_too_fast(const Question& q) {
  const uint32_t limit = q.client->grant.reads_per_second;
  if (!reads(q) || q.usage.reads_last_second < limit) return {};
  return Denial{Reason::kRateLimit, fmt::format("more than {} reads within a second", limit)};
}

constexpr RequestRule kRequestRules[] = {
    {"client.revoked", revoked, Observed::kEnforced},
    {"client.expired", expired, Observed::kEnforced},
    {"account.frozen", frozen, Observed::kEnforced},
    {"quorum.absent", changes_keys, Observed::kEnforced},
    {"grant.scope", lacks_scope, Observed::kEnforced},
    {"grant.route", route_closed, Observed::kOnlyNoted},
    {"grant.reads_per_second", reads_too_fast, Observed::kEnforced},
    {"route.untyped", untyped, Observed::kEnforced},
    {"grant.account_wide", not_account_wide, Observed::kEnforced},
    {"grant.product", setting_outside, Observed::kOnlyNoted},
    {"grant.instrument", setting_elsewhere, Observed::kOnlyNoted},
    {"grant.hours", request_outside_hours, Observed::kOnlyNoted},
};

}  // namespace

std::span<const RequestRule> request_rules() { return kRequestRules; }

std::vector<Scope> scopes_needed(const Question& q) {
  return {q.route->scope, q.intent->scope, scope_of(q.intent->act).value_or(q.route->scope)};
}

Denial not_permitted(std::string message) { return {Reason::kNotPermitted, std::move(message)}; }

Denial not_priced(const Error& error) {
  const bool later = error.kind == ErrorClass::kRetryable;
  return {later ? Reason::kUnavailable : Reason::kNotPermitted, error.message};
}

Denial too_large_to_add() { return {Reason::kLimit, "the amounts are too large to add up"}; }

std::string money(const Decimal& amount, const Question& q) {
  return fmt::format("{} {}", amount.rounded(8, Rounding::kUp).str(), q.currency);
}

bool instrument_granted(const Grant& grant, const std::string& instrument) {
  return std::any_of(grant.instruments.begin(), grant.instruments.end(),
                     [&](const auto& p) { return instrument_matches(p, instrument); });
}

Objection outside_hours(const Question& q) {
  const auto& hours = q.client->grant.hours;
  if (!hours || is_open(*hours, q.now)) return {};
  return not_permitted("outside the grant's hours, " + hours->text);
}

}  // namespace keystile::policy
