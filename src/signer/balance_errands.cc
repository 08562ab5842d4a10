// Reading working balances, with each account's read key.
#include "exchanges/balances.h"
#include "signer/core.h"

namespace keystile::signer {
namespace {

constexpr std::chrono::seconds kRetry{10};
constexpr Millis kWindow{5000};

}  // namespace

void Core::due_balances(std::vector<Errand>* out) {
  for (const policy::WorkingBalance* rule : balances_.due()) {
    auto errand = ask_balance(*rule);
    if (errand) {
      out->push_back(std::move(*errand));
    } else if (errand.error().kind == ErrorClass::kRetryable) {
      balances_.put_off(rule->name, kRetry);
    } else {
      balances_.heard(rule->name, clock_.wall(), tl::unexpected<Error>(errand.error()),
                      market_of(*realm_.policy().account(rule->account)));
    }
  }
}

// Retryable: the exchange has not told its clock yet, or its rate limits have no room.
Result<Errand> Core::ask_balance(const policy::WorkingBalance& rule) {
  const policy::Account& account = *realm_.policy().account(rule.account);
  const exchanges::Exchange& exchange = *exchanges::find_exchange(account.exchange);
  Venue* where = venue(exchange, account.environment);
  const auto later = [](const char* what) {
    return fail("balance.later", what, ErrorClass::kRetryable);
  };
  if (!where || !where->clock_known) return later("the exchange's clock is not known yet");
  KS_TRY(const exchanges::RealKey key, real_key(account, policy::Role::kRead));
  KS_TRY(const HttpRequest query, exchanges::balances_of(exchange).query(rule.wallet, rule.asset));
  const exchanges::Route* route = exchange.routes().find(query.method, query.path);
  if (!route) return fail("route.unknown", "the exchange has no route for it");
  KS_TRY(HttpRequest request, exchange.sign(query, *route, key, now(*where), kWindow, {}));
  set_header(&request.headers, "Accept-Encoding", "identity");
  Chore chore{Chore::Kind::kBalance, where, 0, {}, clock_.wall()};
  chore.rule = rule.name;
  chore.policy_version = realm_.policy_version();
  if (pace_errand(&chore, query, account.name)) return later("the rate limits have no room");
  return errand(chore, std::move(request));
}

void Core::balance_done(const Chore& chore, const Result<HttpResponse>& upstream) {
  // By now its name may stand for another account's balance: that one is asked for anew.
  if (chore.policy_version != realm_.policy_version()) return;
  const policy::WorkingBalance* rule = realm_.policy().working_balance(chore.rule);
  const auto held = upstream ? exchanges::balances_of(*chore.venue->exchange)
                                   .read(rule->wallet, rule->asset, *upstream)
                             : Result<exchanges::Held>(tl::unexpected<Error>(upstream.error()));
  balances_.heard(rule->name, chore.started, held, chore.venue->market);
}

}  // namespace keystile::signer
