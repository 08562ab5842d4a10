#include "sim/judge.h"

#include <fmt/format.h>

#include <algorithm>

namespace keystile::sim {

using quorum::State;

namespace {

constexpr int kDeskBegins = 4'000;

Decimal sum(const Decimal& to, const Decimal& amount, bool comes_in) {
  return (comes_in ? to.plus(amount) : to.minus(amount)).value();
}

}  // namespace

Decimal Judge::worth(std::string_view asset, const Decimal& amount) {
  const Decimal price(asset == "BTC" ? 50'000 : 1);
  return amount.times(price, Rounding::kUp).value();
}

bool Judge::has_quorum(const Shown& one) const {
  const auto counts = std::count_if(one.approved.begin(), one.approved.end(), [&](const auto& by) {
    return approvers.contains(by.first) && by.first != one.asker;
  });
  return counts >= 2 && std::none_of(one.vetoed.begin(), one.vetoed.end(),
                                     [&](const auto& by) { return approvers.contains(by); });
}

// Since the second approval.
bool Judge::has_waited(const executor::World& world, const Shown& one) const {
  std::vector<WallTime> counted;
  for (const auto& [by, when] : one.approved) {
    if (by != one.asker) counted.push_back(when);
  }
  std::sort(counted.begin(), counted.end());
  return counted.size() >= 2 && world.true_time() >= counted[1] + one.must_wait;
}

void Judge::look(const executor::World& world) {
  for (auto& [id, one] : shown) {
    const quorum::Case* known = world.realm.proposals.find(std::stoull(id));
    if (one.executing || !known || known->state != State::kExecuting) continue;
    one.executing = true;
    one.had_quorum = has_quorum(one);
  }
  for (; judged_ < world.binance.sent.size(); ++judged_) {
    judge_sent(world, world.binance.sent[judged_]);
  }
  for (; judged_moves_ < world.binance.moved.size(); ++judged_moves_) {
    if (!direct.contains(judged_moves_)) judge_moved(world, world.binance.moved[judged_moves_]);
  }
}

std::string Judge::id_of(const executor::BinanceForTest::Sent& moved) const {
  if (!moved.own_id.empty()) return moved.own_id.substr(moved.own_id.find_first_of("0123456789"));
  const auto found = by_amount.find(moved.amount);
  return found == by_amount.end() ? "" : found->second;
}

std::string Judge::find(const executor::World& world, const std::string& id) const {
  for (size_t i = 0; i < world.binance.sent.size(); ++i) {
    if (world.binance.sent[i].own_id == id) return fmt::format("W{}", i + 1);
  }
  for (size_t i = 0; i < world.binance.moved.size(); ++i) {
    if (!direct.contains(i) && id_of(world.binance.moved[i]) == id) return std::to_string(i + 1);
  }
  return "";
}

size_t Judge::times_left(const executor::World& world, const std::string& id) const {
  size_t times = 0;
  for (const auto& sent : world.binance.sent) times += sent.own_id == id ? 1 : 0;
  for (size_t i = 0; i < world.binance.moved.size(); ++i) {
    times += !direct.contains(i) && id_of(world.binance.moved[i]) == id ? 1 : 0;
  }
  return times;
}

void Judge::judge_quorum(const Shown& one, const std::string& what) {
  if (one.executing ? one.had_quorum : has_quorum(one)) return;
  wrong.push_back(what + ": it left without its quorum");
}

// From the moment at which the executor knows of it: on its way from the gate is whatever was asked
// before.
void Judge::judge_frozen(const executor::World& world, const std::string& id,
                         const std::string& what) {
  const quorum::Case* one = world.realm.proposals.find(std::stoull(id));
  const auto moved = one ? moved_by(one->proposal.facts) : std::nullopt;
  if (!moved) return;
  using Kind = quorum::FreezeTarget::Kind;
  const auto* transfer = std::get_if<quorum::Transfer>(&one->proposal.facts);
  const bool with_desk =
      transfer && (!transfer->from_account.empty() || !transfer->to_account.empty());
  for (const auto& [number, freeze] : frozen) {
    const std::string& name = freeze.target.name;
    const bool concerns = freeze.target.kind == Kind::kAll ? true
                          : freeze.target.kind == Kind::kClient
                              ? one->proposal.asker.name == name
                              : moved->account == name || (name == "desk" && with_desk);
    if (!concerns || freeze.entry >= world.runner->followed()) continue;
    wrong.push_back(fmt::format("{}: it left while {} was frozen by {}", what,
                                to_string(freeze.target), number));
  }
}

void Judge::look_at_lifted(uint64_t freeze, const std::string& id) {
  judge_quorum(shown[id], fmt::format("freeze {} was lifted by {}", freeze, id));
  frozen.erase(freeze);
}

void Judge::judge_moved(const executor::World& world, const executor::BinanceForTest::Sent& moved) {
  const std::string id = id_of(moved);
  const std::string what = fmt::format("transfer {} of {} {}", id, moved.amount, moved.address);
  const auto found = shown.find(id);
  if (found == shown.end()) return wrong.push_back(what + ": nobody was ever shown it");
  const Shown& one = found->second;
  if (moved.amount != one.amount || moved.address != one.address) {
    wrong.push_back(fmt::format("{}: people were shown {} {}", what, one.amount, one.address));
  }
  if (moved.address.find("mallory") != moved.address.npos) {
    wrong.push_back(what + ": that is nobody of ours");
  }
  judge_quorum(one, what);
  judge_frozen(world, id, what);
  if (times_left(world, id) > 1) wrong.push_back(what + ": it left more than once");
}

void Judge::judge_sent(const executor::World& world, const executor::BinanceForTest::Sent& sent) {
  const auto blame = [&](std::string_view what) {
    wrong.push_back(fmt::format("withdrawal {} of {}: {}", sent.own_id, sent.amount, what));
  };
  const auto found = shown.find(sent.own_id);
  if (found == shown.end()) return blame("nobody was ever shown it");
  const Shown& one = found->second;
  if (sent.amount != one.amount || sent.address != one.address) {
    blame(fmt::format("people were shown {}", one.amount));
  }
  judge_quorum(one, "withdrawal " + sent.own_id);
  judge_frozen(world, sent.own_id, "withdrawal " + sent.own_id);
  if (one.must_wait > Millis{0} && !has_waited(world, one)) {
    blame("it left before its hold was over");
  }
  const auto times = std::count_if(world.binance.sent.begin(), world.binance.sent.end(),
                                   [&](const auto& other) { return other.own_id == sent.own_id; });
  if (times > 1) blame("it left more than once");
  judge_day(world, sent);
}

void Judge::judge_day(const executor::World& world, const executor::BinanceForTest::Sent& last) {
  if (by_twin.contains(last.own_id)) return;
  Decimal sum;
  for (const auto& sent : world.binance.sent) {
    if (by_twin.contains(sent.own_id) || sent.at + kDay <= last.at) continue;
    sum = sum.plus(worth(sent.coin, Decimal::parse(sent.amount).value())).value();
  }
  if (sum <= Decimal(kDailyLimit)) return;
  wrong.push_back(fmt::format("withdrawal {}: {} left within a day", last.own_id, sum.str()));
}

// What is open, and what ended within a day by the gate's own clock and may have left, is together
// within the limit: else people could approve more than it.
void Judge::look_at_reserved(const executor::World& world) {
  Decimal reserved;
  for (const auto& [id, one] : world.realm.proposals.all()) {
    const auto* facts = std::get_if<quorum::Withdrawal>(&one.proposal.facts);
    const bool is_open = one.is_waiting() || one.state == State::kExecuting;
    const bool may_have_left = one.state == State::kDone || one.state == State::kUnknown;
    const bool is_of_today = world.realm.clocks.wall < one.updated + kDay;
    if (!facts || !(is_open || (may_have_left && is_of_today))) continue;
    reserved = sum(reserved, worth(facts->asset, facts->amount), true);
  }
  if (reserved <= Decimal(kDailyLimit)) return;
  wrong.push_back(fmt::format("people are asked for {} of one day", reserved.str()));
}

void Judge::look_at_adopted(const executor::World& world, const std::string& id) {
  const Shown& one = shown[id];
  judge_quorum(one, "policy " + id);
  if (has_waited(world, one)) return;
  wrong.push_back(fmt::format("policy {}: it came into force before its hold was over", id));
}

void Judge::look_at_ends(const executor::World& world) {
  look(world);
  if (!world.error.empty()) wrong.push_back("the executor stopped: " + world.error);
  for (const auto& [id, one] : world.realm.proposals.all()) {
    judge_end(one, times_left(world, std::to_string(id)));
  }
  judge_balances(world);
}

Decimal Judge::desk(const executor::World& world) const {
  Decimal held = sum(Decimal(kDeskBegins), fills, true);
  for (const auto& moved : world.binance.moved) {
    if (moved.own_id.empty()) continue;  // within another account
    held = sum(held, Decimal::parse(moved.amount).value(), moved.address.front() == '>');
  }
  return held;
}

// What has gone out of the account's wallet from which programs withdraw and move.
Decimal Judge::spent(const executor::World& world) const {
  Decimal gone;
  for (const auto& sent : world.binance.sent) {
    if (sent.coin == "USDT") gone = sum(gone, Decimal::parse(sent.amount).value(), true);
  }
  for (const auto& moved : world.binance.moved) {
    if (moved.own_id.empty()) gone = sum(gone, Decimal::parse(moved.amount).value(), true);
  }
  return gone;
}

// What the realm's ledger says was done, what was traded, and what programs did alone, must explain
// what the exchange shows. Of what is unknown people look there.
void Judge::judge_balances(const executor::World& world) {
  Decimal desk_by_ledger = sum(Decimal(kDeskBegins), fills, true), spent_by_ledger;
  for (const size_t i : direct) {
    const auto amount = Decimal::parse(world.binance.moved[i].amount);
    spent_by_ledger = sum(spent_by_ledger, amount.value(), true);
  }
  for (const auto& [id, one] : world.realm.proposals.all()) {
    const auto facts = moved_by(one.proposal.facts);
    const bool left = one.state == State::kDone ||
                      (one.state == State::kUnknown && times_left(world, std::to_string(id)) > 0);
    if (!facts || !left || facts->asset != "USDT") continue;
    if (facts->account == "store") {
      const bool comes_in = std::get<quorum::Transfer>(one.proposal.facts).from_account.empty();
      desk_by_ledger = sum(desk_by_ledger, facts->amount, comes_in);
    } else {
      spent_by_ledger = sum(spent_by_ledger, facts->amount, true);
    }
  }
  compare("the desk holds", desk(world), desk_by_ledger);
  compare("the account has spent", spent(world), spent_by_ledger);
}

void Judge::compare(std::string_view what, const Decimal& by_exchange, const Decimal& by_ledger) {
  if (by_exchange == by_ledger) return;
  wrong.push_back(fmt::format("{} {}, and by the ledger it would be {}", what, by_exchange.str(),
                              by_ledger.str()));
}

void Judge::judge_end(const quorum::Case& one, size_t times_left) {
  const auto blame = [&](std::string_view what) {
    wrong.push_back(
        fmt::format("proposal {} ended {}: {}", one.proposal.id, to_string(one.state), what));
  };
  switch (one.state) {
    case State::kDone:
      if (moved_by(one.proposal.facts) && times_left != 1) blame("it did not leave");
      return;
    case State::kUnknown:
      return;
    case State::kFailed:
    case State::kRejected:
    case State::kExpired:
    case State::kCancelled:
      if (times_left != 0) blame("it left");
      return;
    case State::kProposed:
    case State::kApproved:
    case State::kHeld:
    case State::kExecuting:
      return blame("that is no end");
  }
}

}  // namespace keystile::sim
