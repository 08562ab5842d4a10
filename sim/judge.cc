#include "sim/judge.h"

#include <fmt/format.h>

#include <algorithm>

namespace keystile::sim {

using quorum::State;

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

WallTime Judge::has_waited_since(const Shown& one) const {
  std::vector<WallTime> counted;
  for (const auto& [by, when] : one.approved) {
    if (by != one.asker) counted.push_back(when);
  }
  std::sort(counted.begin(), counted.end());
  return counted.size() < 2 ? WallTime::max() - kHold : counted[1];
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
  if (!(one.executing ? one.had_quorum : has_quorum(one))) blame("it left without its quorum");
  if (one.must_wait && world.true_time() < has_waited_since(one) + kHold) {
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

void Judge::look_at_ends(const executor::World& world) {
  look(world);
  if (!world.error.empty()) wrong.push_back("the executor stopped: " + world.error);
  for (const auto& [id, one] : world.realm.proposals.all()) {
    const auto times =
        std::count_if(world.binance.sent.begin(), world.binance.sent.end(),
                      [&](const auto& sent) { return sent.own_id == std::to_string(id); });
    judge_end(one, static_cast<size_t>(times));
  }
}

void Judge::judge_end(const quorum::Case& one, size_t times_sent) {
  const auto blame = [&](std::string_view what) {
    wrong.push_back(
        fmt::format("proposal {} ended {}: {}", one.proposal.id, to_string(one.state), what));
  };
  switch (one.state) {
    case State::kDone:
      if (std::holds_alternative<quorum::Withdrawal>(one.proposal.facts) && times_sent != 1) {
        blame("it did not leave");
      }
      return;
    case State::kUnknown:
      return;
    case State::kFailed:
    case State::kRejected:
    case State::kExpired:
    case State::kCancelled:
      if (times_sent != 0) blame("it left");
      return;
    case State::kProposed:
    case State::kApproved:
    case State::kHeld:
    case State::kExecuting:
      return blame("that is no end");
  }
}

}  // namespace keystile::sim
