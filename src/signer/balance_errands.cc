// Reading working balances, and what accounts have to withdraw, with each account's read key.
#include "exchanges/balances.h"
#include "policy/pricing.h"
#include "signer/core.h"

namespace keystile::signer {
namespace {

constexpr std::chrono::seconds kRetry{10};
constexpr Millis kWindow{5000};

// Some exchanges tell all assets of a wallet at once.
bool asks_the_same(const exchanges::Balances& balances, const Holdings::Question& a,
                   const Holdings::Question& b) {
  const auto first = balances.query(a.wallet, a.asset), second = balances.query(b.wallet, b.asset);
  return first && second && first->method == second->method &&
         first->target() == second->target() && first->body == second->body;
}

}  // namespace

// Of what cannot be asked for now it says so, and when to try again.
void Core::due_balances(std::vector<Errand>* out) {
  for (const policy::WorkingBalance* rule : balances_.due()) {
    auto errand = ask_balance({rule->account, rule->asset, rule->wallet}, rule->name);
    if (errand) {
      out->push_back(std::move(*errand));
    } else if (errand.error().kind == ErrorClass::kRetryable) {
      balances_.put_off(rule->name, kRetry);
    } else {
      balances_.heard(rule->name, clock_.wall(), tl::unexpected<Error>(errand.error()),
                      market_of(*realm_.policy().account(rule->account)));
    }
  }
  for (const Holdings::Question& question : holdings_.due()) {
    auto errand = ask_balance(question, "");
    if (errand) {
      out->push_back(std::move(*errand));
    } else if (errand.error().kind == ErrorClass::kRetryable) {
      holdings_.put_off(question, kRetry);
    } else {
      holdings_.heard(question, clock_.wall(), tl::unexpected<Error>(errand.error()));
    }
  }
}

// Retryable: the exchange has not told its clock yet, or its rate limits have no room.
Result<Errand> Core::ask_balance(Holdings::Question question, std::string rule) {
  const policy::Account& account = *realm_.policy().account(question.account);
  const exchanges::Exchange& exchange = *exchanges::find_exchange(account.exchange);
  Venue* where = venue(exchange, account.environment);
  const auto later = [](const char* what) {
    return fail("balance.later", what, ErrorClass::kRetryable);
  };
  if (!where || !where->clock_known) return later("the exchange's clock is not known yet");
  KS_TRY(const exchanges::RealKey key, real_key(account, policy::Role::kRead));
  KS_TRY(const HttpRequest query,
         exchanges::balances_of(exchange).query(question.wallet, question.asset));
  const exchanges::Route* route = exchange.routes().find(query.method, query.path);
  if (!route) return fail("route.unknown", "the exchange has no route for it");
  KS_TRY(SignedRequest request, exchange.sign(query, *route, key, now(*where), kWindow, {}));
  set_header(&request.headers, "Accept-Encoding", "identity");
  Chore chore{Chore::Kind::kBalance, where, 0, {}, clock_.wall()};
  chore.balance = std::move(question);
  chore.rule = std::move(rule);
  chore.policy_version = realm_.policy_version();
  if (pace_errand(&chore, query, account.name)) return later("the rate limits have no room");
  return errand(chore, std::move(request));
}

void Core::balance_done(const Chore& chore, const Result<HttpResponse>& upstream) {
  const Holdings::Question& asked = chore.balance;
  // By now its name may stand for another account's balance: that one is asked for anew.
  if (chore.policy_version != realm_.policy_version()) return;
  const exchanges::Balances& balances = exchanges::balances_of(*chore.venue->exchange);
  const auto held_of = [&](const Holdings::Question& question) -> Result<exchanges::Held> {
    if (!upstream) return tl::unexpected<Error>(upstream.error());
    return balances.read(question.wallet, question.asset, *upstream);
  };
  if (!chore.rule.empty()) {
    balances_.heard(chore.rule, chore.started, held_of(asked), chore.venue->market);
    return;
  }
  for (const Holdings::Question& each : holdings_.beside(asked)) {
    if (each == asked || asks_the_same(balances, each, asked))
      holdings_.heard(each, chore.started, held_of(each));
  }
}

json::Array Core::holdings_status() const {
  json::Array rows;
  for (const Holdings::Row& each : holdings_.rows()) {
    json::Value row =
        json::object({{"account", each.account}, {"asset", each.asset}, {"trouble", each.trouble}});
    if (each.sum) {
      const policy::MarketReference& market = market_of(*realm_.policy().account(each.account));
      const exchanges::Held& held = each.sum->held;
      row.set("total", held.total);
      row.set("free", held.free);
      row.set("asked", iso8601(each.sum->asked));
      const auto worth = policy::in_currency(each.asset, held.total, market, clock_.mono());
      if (worth) row.set("worth", *worth);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace keystile::signer
