#include "signer/working_balances.h"

#include <algorithm>

#include "exchanges/transfers.h"
#include "quorum/withdrawals.h"
#include "signer/transfers.h"

namespace keystile::signer {
namespace {

using policy::Correction;
using quorum::State;

constexpr Millis kDay = std::chrono::hours{24};

quorum::Asker asker_of(const policy::WorkingBalance& rule) {
  return {quorum::Asker::Kind::kRule, rule.name, ""};
}

}  // namespace

void WorkingBalances::adopt() {
  watched_.clear();
  for (const policy::WorkingBalance& rule : realm_.policy().working_balances) {
    watched_.try_emplace(rule.name);
  }
}

std::vector<const policy::WorkingBalance*> WorkingBalances::due() {
  std::vector<const policy::WorkingBalance*> rules;
  for (auto& [name, watched] : watched_) {
    if (watched.running || clock_.mono() < watched.due) continue;
    watched.running = true;
    rules.push_back(realm_.policy().working_balance(name));
  }
  return rules;
}

void WorkingBalances::put_off(const std::string& rule, Millis time) {
  const auto at = watched_.find(rule);
  if (at == watched_.end()) return;
  at->second.running = false;
  at->second.due = clock_.mono() + time;
}

void WorkingBalances::heard(const std::string& name, WallTime asked,
                            const Result<exchanges::Held>& held,
                            const policy::MarketReference& market) {
  const policy::WorkingBalance* rule = realm_.policy().working_balance(name);
  if (!rule || !watched_.contains(name)) return;
  put_off(name, rule->every);
  Watched& watched = watched_.at(name);
  watched.trouble = held ? "" : held.error().message;
  if (!held) return;
  watched.held = *held;
  watched.read = clock_.wall();
  const auto wanted = policy::correction(*rule, *held);
  if (!wanted) {
    if (!rule->floor || held->total >= *rule->floor) watched.told = {};
    return;
  }
  const bool only_told = wanted->kind == Correction::Kind::kTopUp && !rule->top_up_is_proposed;
  const Status done = only_told ? tell(*rule, &watched) : act(*rule, *wanted, asked, market);
  if (!done) watched.trouble = done.error().message;
}

// By the ledger, so that a restart forgets nothing.
bool WorkingBalances::may_ask(const policy::WorkingBalance& rule, WallTime asked) const {
  const auto& all = realm_.proposals().all();
  return std::none_of(all.begin(), all.end(), [&](const auto& each) {
    const quorum::Case& one = each.second;
    if (one.proposal.asker != asker_of(rule)) return false;
    // What was moved shows in a balance that was asked for some time later.
    const Millis pause = one.state == State::kDone ? rule.every : kAskAgain;
    return !is_settled(one.state) || asked < one.updated + pause;
  });
}

// What other proposals will take is not swept. Of what a top-up comes from nothing is known here.
Result<Decimal> WorkingBalances::spare(const policy::WorkingBalance& rule,
                                       const Correction& correction, WallTime asked) const {
  if (correction.kind == Correction::Kind::kTopUp) return correction.amount;
  KS_TRY(const Decimal promised,
         quorum::promised_from(realm_.proposals(), *realm_.policy().account(rule.account),
                               rule.wallet, rule.asset, asked));
  const auto rest = watched_.at(rule.name).held->free.minus(promised);
  if (rest && rest->is_positive()) return std::min(correction.amount, *rest);
  return fail("account.balance", "open proposals will take all that could be swept");
}

Status WorkingBalances::act(const policy::WorkingBalance& rule, const Correction& correction,
                            WallTime asked, const policy::MarketReference& market) {
  if (!may_ask(rule, asked)) return {};
  KS_TRY(const Decimal amount, spare(rule, correction, asked));
  const policy::Account& moved_by = *realm_.policy().account(rule.moved_by);
  const exchanges::Exchange& exchange = *exchanges::find_exchange(moved_by.exchange);
  const policy::TransferPair pair = policy::pair_of(rule, correction.kind, realm_.policy());
  const exchanges::Transfer wanted{rule.asset,
                                   amount,
                                   pair.from,
                                   pair.to,
                                   pair.from_account,
                                   pair.to_account,
                                   exchanges::transfers_of(exchange).make_own_id(random_),
                                   pair.leaves_account()};
  KS_CHECK(propose_between(realm_, asker_of(rule), moved_by, wanted, market, clock_.wall(),
                           clock_.mono()));
  return {};
}

Status WorkingBalances::tell(const policy::WorkingBalance& rule, Watched* watched) {
  if (clock_.wall() < watched->told + kDay) return {};
  KS_CHECK(realm_.record(json::object({{"type", "balance.low"},
                                       {"realm", realm_.settings().ledger_origin},
                                       {"rule", rule.name},
                                       {"account", rule.account},
                                       {"wallet", rule.wallet},
                                       {"asset", rule.asset},
                                       {"balance", watched->held->total},
                                       {"floor", *rule.floor},
                                       {"target", rule.target}}),
                         ledger::Priority::kOrdinary));
  watched->told = clock_.wall();
  return {};
}

json::Array WorkingBalances::status() const {
  json::Array rows;
  for (const auto& [name, watched] : watched_) {
    json::Value row = json::object({{"rule", name}, {"trouble", watched.trouble}});
    if (watched.held) {
      row.set("balance", watched.held->total);
      row.set("free", watched.held->free);
      row.set("read", iso8601(watched.read));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace keystile::signer
