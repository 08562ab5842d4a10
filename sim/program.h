// One random run: programs ask, people approve, veto and freeze, policies change, clocks are
// turned, answers are lost or come once more in place of others, the executor is killed between any
// two of its actions or finds its folder put back, and at last the gate may be taken over. The same
// seed gives the same run.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "executor/world_for_test.h"
#include "sim/judge.h"

namespace keystile::sim {

// What a policy has to say so that transfers are possible.
extern const std::string kTransferPolicy;

class Program {
 public:
  explicit Program(uint64_t seed, bool tells = false) : random_(seed), tells_(tells) {}

  // What happened that must not; empty: nothing.
  std::vector<std::string> run();
  size_t withdrawals() const { return world_.binance.sent.size(); }  // that left
  size_t transfers() const { return world_.binance.moved.size(); }

 private:
  // Below `end`.
  uint64_t dice(uint64_t end) { return random_() % end; }
  bool one_in(uint64_t n) { return dice(n) == 0; }
  void tell(const std::string& what) const;

  // What honest people and programs do.
  void ask();
  bool has_room(const quorum::Withdrawal& facts);
  // moves.cc: what moves between own wallets and accounts.
  void ask_to_move();
  void keep_balance();
  void trade();
  void move_directly(const quorum::Transfer& facts);
  // freezes.cc: what one person stops and several let go on.
  uint64_t freeze(const quorum::FreezeTarget& target);
  void freeze_something();
  void ask_to_unfreeze();
  void lift_what_is_due();
  void let_all_go_on();
  void approve();
  void veto();
  void cancel();
  void resolve();
  void change_policy();
  void adopt_what_is_due();
  // What goes wrong by itself.
  void let_executor_work();
  void kill_executor();
  void restore_executor();
  void twin();
  void pass_time();
  void turn_a_clock();
  void trouble_at_exchange();
  void trouble_at_realm();
  // forgeries.cc: what somebody does who has taken over the gate, and with it the ledger's key.
  void forge();
  void work(int steps);  // of the executor, with a second where it has nothing to do
  void note_approved(const quorum::Proposal& read, const std::vector<std::string>& by);
  // Written whatever the rules say; these people's approvals are real.
  void write_approved(const quorum::Proposal& made, const std::vector<std::string>& by);
  // Put before people, two of whom approve. False: it cannot be put before them.
  bool have_approved(const quorum::Proposal& made);
  void forge_policy();
  void forge_amount();
  void forge_reused_approvals();
  void forge_askers_approval();
  void forge_one_persons_approvals();
  void forge_old_hold();
  void forge_again();
  void forge_without_veto();
  void turn_all_clocks();
  void forge_ends();
  void forge_value();
  void forge_resolution();
  void forge_transfer();
  void forge_told();
  void forge_unfreezing();
  void forge_time();

  const quorum::KeyForTest& key_of(const std::string& name) const;
  // A withdrawal that still waits; null if none.
  const quorum::Case* some_waiting();
  quorum::Proposal draft(quorum::Facts facts, quorum::Asker asker);
  void show(const quorum::Proposal& proposal);
  bool sign(const quorum::Proposal& proposal, const std::string& name, quorum::Decision decision);
  void write(const quorum::Event& event) { world_.realm.write(to_json(event)); }
  policy::Bundle bundle() const;
  Millis policy_hold() const;
  void end_well();

  std::mt19937_64 random_;
  bool tells_;
  // Whether the gate asks nobody beyond the limit of a day. Else the executor alone keeps it.
  const bool gate_keeps_limits_ = one_in(2);
  const bool says_hold_ = one_in(2);  // of policies that allow more: 48 hours, else the usual
  bool has_reader_ = false, has_carol_ = true, has_new_address_ = false;  // as proposed last
  executor::World world_{bundle()};
  Judge judge_;
  bool notices_ = true;       // the executor must see the forgery, and stop
  bool may_be_late_ = false;  // by a clock that was turned, or a way that was cut
  uint64_t next_id_ = 100;
  std::map<uint64_t, policy::Bundle> proposed_;
  std::map<uint64_t, std::set<std::string>> proposed_approvers_;
  std::vector<std::vector<json::Value>> folders_;  // earlier states of the executor's ledger
};

}  // namespace keystile::sim
