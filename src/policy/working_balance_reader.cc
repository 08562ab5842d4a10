#include <fmt/format.h>

#include <algorithm>

#include "exchanges/balances.h"
#include "exchanges/transfer_reading.h"
#include "exchanges/transfers.h"
#include "policy/draft.h"
#include "policy/own_accounts.h"
#include "policy/unique.h"

namespace keystile::policy {
namespace {

using Kind = Correction::Kind;

// A reading weighs up to 20 of the 6000 that Binance allows in a minute.
constexpr std::chrono::seconds kMostOften{10};

// Any of the form that the exchange wants; only to see whether such a transfer can be asked for.
class NoRandom final : public Random {
 public:
  void fill(char* out, size_t size) override { std::fill_n(out, size, '\0'); }
};

bool has_key(const Account& account, Role role) {
  return std::any_of(account.keys.begin(), account.keys.end(),
                     [&](const Key& key) { return key.role == role; });
}

bool proposes(const WorkingBalance& rule, Kind kind) {
  return kind == Kind::kSweep ? rule.ceiling.has_value()
                              : rule.floor.has_value() && rule.top_up_is_proposed;
}

Status check_kinds(const WorkingBalance& rule, const Account& account, const Account& storage) {
  if (account.kind != AccountKind::kTrading) {
    return fail("working_balance.account", account.name + " is no trading account");
  }
  if (storage.kind != AccountKind::kStorage) {
    return fail("working_balance.storage",
                storage.name + " is no storage account: set its kind to storage");
  }
  if (has_key(account, Role::kRead)) return {};
  return fail("working_balance.no_read_key",
              fmt::format("account {} has no read key, so nobody can tell its balance of {}",
                          account.name, rule.asset));
}

// Whether the exchange could be asked to carry it out.
Status check_move(const WorkingBalance& rule, Kind kind, const Policy& policy,
                  const exchanges::Exchange& exchange) {
  const OwnWallet here{policy.account(rule.account), rule.wallet};
  const OwnWallet there{policy.account(rule.storage), rule.storage_wallet};
  const Account& moved_by = *policy.account(rule.moved_by);
  KS_CHECK(check_between(here, there, moved_by));
  const TransferPair pair = pair_of(rule, kind, policy);
  NoRandom random;
  exchanges::Transfer sample{rule.asset,        Decimal(1),      pair.from, pair.to,
                             pair.from_account, pair.to_account, "",        pair.leaves_account()};
  sample.client_id = exchanges::transfers_of(exchange).make_own_id(random);
  return exchanges::check_reads_back(exchange, sample);
}

Status check_rule(const WorkingBalance& rule, const Policy& policy) {
  const Account *account = policy.account(rule.account), *storage = policy.account(rule.storage);
  const Account* moved_by = policy.account(rule.moved_by);
  if (!account || !storage || !moved_by) {
    return fail("working_balance.account",
                "account, storage and moved_by must each name an [[account]]");
  }
  KS_CHECK(check_kinds(rule, *account, *storage));
  const exchanges::Exchange* exchange = exchanges::find_exchange(account->exchange);
  if (!exchange) return {};  // told of elsewhere
  KS_CHECK(exchanges::balances_of(*exchange).query(rule.wallet, rule.asset));
  for (const Kind kind : {Kind::kSweep, Kind::kTopUp}) {
    if (!proposes(rule, kind)) continue;
    KS_CHECK(check_move(rule, kind, policy, *exchange));
    if (!policy.quorum(Action::kTransfer)) {
      return fail("working_balance.needs_quorum",
                  "nothing says who approves its transfers: add a [[quorum]] for transfer");
    }
    if (!has_key(*moved_by, Role::kTransfer)) {
      return fail("working_balance.no_transfer_key",
                  fmt::format("account {} has no transfer key to move it with", moved_by->name));
    }
  }
  return {};
}

void check_amounts(const WorkingBalance& rule, const Table& table) {
  if (!rule.floor && !rule.ceiling) {
    table.report().error(table.place(), "working_balance.unbounded",
                         "it has neither a floor nor a ceiling, and so no effect");
  }
  if ((rule.floor && rule.target < *rule.floor) || (rule.ceiling && rule.target > *rule.ceiling)) {
    table.report().error(table.place("target"), "working_balance.target",
                         "the target must be from floor to ceiling: else one correction would "
                         "call for the next");
  }
}

}  // namespace

WorkingBalance read_working_balance(Table table) {
  WorkingBalance rule;
  rule.name = table.required_name("name");
  rule.account = table.required_name("account");
  rule.wallet = table.required("wallet");
  rule.asset = table.required("asset");
  rule.storage = table.required_name("storage");
  rule.storage_wallet = table.required("storage_wallet");
  rule.moved_by = table.text("moved_by").value_or(rule.account);
  rule.floor = table.money("floor");
  rule.ceiling = table.money("ceiling");
  table.required("target");
  rule.target = table.money("target").value_or(Decimal());
  const std::string top_up = table.text("top_up").value_or("propose");
  rule.top_up_is_proposed = top_up == "propose";
  if (!rule.top_up_is_proposed && top_up != "notice") {
    table.bad_value("top_up", "must be propose or notice");
  }
  if (const auto every = table.span("every")) rule.every = *every;
  if (rule.every < kMostOften) table.bad_value("every", "must be ten seconds at least");
  check_amounts(rule, table);
  table.finish();
  return rule;
}

void check_working_balances(const Draft& draft, Report* report) {
  Unique names("name.repeated", "working balance", report);
  Unique places("working_balance.repeated", "a working balance of", report);
  const auto& all = draft.policy.working_balances;
  for (size_t i = 0; i < all.size(); ++i) {
    const Place& place = draft.working_balances[i];
    names.add(all[i].name, place);
    places.add(fmt::format("{} {} {}", all[i].account, all[i].wallet, all[i].asset), place);
    const Status sound = check_rule(all[i], draft.policy);
    if (!sound) report->error(place, sound.error().code, sound.error().message);
  }
}

}  // namespace keystile::policy
