// What must never have happened, judged by what people did and what left the exchange, and not by
// what any ledger says of it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "executor/world_for_test.h"

namespace keystile::sim {

// A withdrawal, transfer or policy as people were shown it.
struct Shown {
  std::string amount, address;  // of a transfer: as executor::BinanceForTest tells its ends
  Millis must_wait{0};          // from its second approval
  std::string asker;            // a person's name; empty: a program
  std::map<std::string, WallTime> approved;  // by whom, when, by the true clock
  std::set<std::string> vetoed;              // by whom, before it was executing
  bool executing = false;                    // the gate's ledger has said so
  bool had_quorum = false;                   // when it did
};

// What somebody has frozen, and by which entry of the realm's ledger.
struct Frozen {
  quorum::FreezeTarget target;
  uint64_t entry = 0;
};

class Judge {
 public:
  static constexpr Millis kHold = std::chrono::hours{24};  // of what is worth more
  // Of policies that allow more, where they do not say: of those that may add power over
  // withdrawals, and of others.
  static constexpr Millis kWithdrawalPowerHold = std::chrono::hours{72};
  static constexpr Millis kPolicyHold = std::chrono::hours{48};
  static constexpr Millis kDay = std::chrono::hours{24};
  static constexpr int kDailyLimit = 60'000;  // of the account; see executor::bundle_of()

  std::map<std::string, Shown> shown;                           // by id
  std::set<std::string> approvers = {"alice", "bob", "carol"};  // whom the people have agreed on
  std::map<uint64_t, Frozen> frozen;  // by the freeze's id; until people have let it go on
  std::set<std::string> by_twin;      // sent by a second executor, which keeps no limits here
  // Transfers whose call takes no id: by the amount, of which there is one each.
  std::map<std::string, std::string> by_amount;
  std::set<size_t> direct;  // of world.binance.moved: by a program itself, within what it may alone
  Decimal fills;            // what trading has changed of the desk's balance

  // What the desk holds at the exchange.
  Decimal desk(const executor::World& world) const;
  // By what id the exchange has that proposal, as people find it there; empty: it has not.
  std::string find(const executor::World& world, const std::string& id) const;

  // In the realm's currency, by the exchange's price.
  static Decimal worth(std::string_view asset, const Decimal& amount);

  // To be called after every step of anybody.
  void look(const executor::World& world);
  // To be called when the policy of this proposal comes into force.
  void look_at_adopted(const executor::World& world, const std::string& id);
  // To be called when a freeze is lifted by this proposal.
  void look_at_lifted(uint64_t freeze, const std::string& id);
  // To be called when a gate that keeps the limits has put a withdrawal before people.
  void look_at_reserved(const executor::World& world);
  // At the end, when nothing goes wrong any more: everything has come to an end that is true.
  void look_at_ends(const executor::World& world);

  std::vector<std::string> wrong;

 private:
  bool has_quorum(const Shown& one) const;
  bool has_waited(const executor::World& world, const Shown& one) const;
  void judge_sent(const executor::World& world, const executor::BinanceForTest::Sent& sent);
  void judge_day(const executor::World& world, const executor::BinanceForTest::Sent& last);
  void judge_moved(const executor::World& world, const executor::BinanceForTest::Sent& moved);
  void judge_quorum(const Shown& one, const std::string& what);
  void judge_frozen(const executor::World& world, const std::string& id, const std::string& what);
  void judge_end(const quorum::Case& one, size_t times_left);
  Decimal spent(const executor::World& world) const;
  void judge_balances(const executor::World& world);
  void compare(std::string_view what, const Decimal& by_exchange, const Decimal& by_ledger);
  std::string id_of(const executor::BinanceForTest::Sent& moved) const;
  size_t times_left(const executor::World& world, const std::string& id) const;

  size_t judged_ = 0, judged_moves_ = 0;  // of what was sent, and of what was moved
};

}  // namespace keystile::sim
