#include "sim/program.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <array>

#include "quorum/withdrawals.h"

namespace keystile::sim {
namespace {

using executor::Fault;
using quorum::Asker;
using quorum::Decision;
using quorum::State;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 2> kAddresses = {"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
                                                        "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW"};
constexpr std::array<std::string_view, 2> kAddressNames = {"cold-wallet", "warm-wallet"};
constexpr std::array<std::string_view, 4> kAmounts = {"100", "2500.5", "10000", "25000"};
constexpr std::array<std::string_view, 3> kPeople = {"alice", "bob", "carol"};

}  // namespace

void Program::tell(const std::string& what) const {
  if (!tells_) return;
  fmt::print("{}  {}\n", iso8601(world_.true_time()), what);
}

std::vector<std::string> Program::run() {
  struct Move {
    unsigned weight;
    void (Program::*act)();
  };
  static constexpr std::array kMoves = {Move{16, &Program::ask},
                                        Move{6, &Program::ask_to_move},
                                        Move{6, &Program::keep_balance},
                                        Move{6, &Program::trade},
                                        Move{45, &Program::approve},
                                        Move{6, &Program::veto},
                                        Move{2, &Program::cancel},
                                        Move{10, &Program::resolve},
                                        Move{4, &Program::change_policy},
                                        Move{8, &Program::adopt_what_is_due},
                                        Move{2, &Program::freeze_something},
                                        Move{4, &Program::ask_to_unfreeze},
                                        Move{8, &Program::lift_what_is_due},
                                        Move{30, &Program::let_executor_work},
                                        Move{3, &Program::kill_executor},
                                        Move{1, &Program::restore_executor},
                                        Move{6, &Program::twin},
                                        Move{14, &Program::pass_time},
                                        Move{3, &Program::turn_a_clock},
                                        Move{4, &Program::trouble_at_exchange},
                                        Move{2, &Program::trouble_at_realm}};
  unsigned all = 0;
  for (const Move& move : kMoves) all += move.weight;
  const uint64_t moves = 20 + dice(60);
  for (uint64_t i = 0; i < moves && judge_.wrong.empty(); ++i) {
    uint64_t at = dice(all);
    size_t which = 0;
    while (at >= kMoves[which].weight) at -= kMoves[which++].weight;
    (this->*kMoves[which].act)();
    world_.realm.settle();
    judge_.look(world_);
    if (world_.error == "executor.late" && may_be_late_) return judge_.wrong;  // people must look
    if (!world_.error.empty()) judge_.wrong.push_back("the executor stopped: " + world_.error);
  }
  if (judge_.wrong.empty()) one_in(3) ? forge() : end_well();
  return judge_.wrong;
}

// --- people and programs ------------------------------------------------------------------------

const quorum::KeyForTest& Program::key_of(const std::string& name) const {
  return name == "alice"   ? executor::kAlice
         : name == "bob"   ? executor::kBob
         : name == "carol" ? executor::kCarol
                           : executor::kMallory;
}

quorum::Proposal Program::draft(quorum::Facts facts, Asker asker) {
  quorum::Proposal made = quorum::proposal_of(std::move(facts));
  made.realm = executor::RealmForTest::kOrigin;
  made.id = next_id_++;
  made.asker = std::move(asker);
  made.created = world_.realm.clocks.wall;
  made.expires = made.created + hours{24};
  made.policy_version = world_.realm.version;
  made.policy_hash = world_.realm.hash;
  return made;
}

void Program::show(const quorum::Proposal& proposal) {
  Shown& one = judge_.shown[std::to_string(proposal.id)];
  if (const auto* transfer = std::get_if<quorum::Transfer>(&proposal.facts)) {
    const bool within = transfer->from_account.empty() && transfer->to_account.empty();
    one.amount = transfer->amount.str();
    one.address = within ? transfer->from + "_" + transfer->to
                         : transfer->from_account + ">" + transfer->to_account;
    if (within) judge_.by_amount[one.amount] = std::to_string(proposal.id);
  } else if (const auto* facts = std::get_if<quorum::Withdrawal>(&proposal.facts)) {
    one.amount = facts->amount.str();
    one.address = facts->address;
    if (Judge::worth(facts->asset, facts->amount) > Decimal(10000)) one.must_wait = Judge::kHold;
  }
  one.asker = proposal.asker.kind == Asker::Kind::kPerson ? proposal.asker.name : "";
}

// As the gate judges it: what is open counts too.
bool Program::has_room(const quorum::Withdrawal& facts) {
  const policy::Policy& policy = world_.realm.policy;
  policy::Client program;
  program.name = "payouts";
  program.account = facts.account;
  policy::WithdrawalFacts spent;
  spent.account = policy.account(facts.account);
  spent.to = policy.address(facts.address_name);
  if (!quorum::count_spent(world_.realm.proposals, program, facts.asset, policy.currency,
                           world_.realm.clocks.wall, &spent)) {
    return false;
  }
  const Decimal all = spent.by_account.plus(Judge::worth(facts.asset, facts.amount)).value();
  return all <= *spent.account->daily_withdrawal;
}

void Program::ask() {
  quorum::Withdrawal facts = executor::withdrawal(std::string(kAmounts[dice(4)]).c_str());
  const size_t to = dice(2);
  facts.address = kAddresses[to];
  facts.address_name = kAddressNames[to];
  if (one_in(2)) facts.own_id = fmt::format("own{}", dice(4));
  const std::string person(kPeople[dice(3)]);
  if (gate_keeps_limits_ && !has_room(facts)) {
    return tell(fmt::format("{} more are beyond the limit of a day", facts.amount.str()));
  }
  const quorum::Proposal made = draft(
      facts, one_in(3) ? Asker{Asker::Kind::kPerson, person, key_of(person).key().fingerprint()}
                       : Asker{Asker::Kind::kRule, "payouts", ""});
  const Status done = world_.realm.event(quorum::Proposed{made});
  tell(fmt::format("{} asks for {}: {}", made.asker.name, facts.amount.str(),
                   done ? std::to_string(made.id) : done.error().code));
  if (done) show(made);
  if (done && gate_keeps_limits_) judge_.look_at_reserved(world_);
}

const quorum::Case* Program::some_waiting() {
  std::vector<const quorum::Case*> waiting;
  for (const auto& [id, one] : world_.realm.proposals.all()) {
    if (one.is_waiting()) waiting.push_back(&one);
  }
  return waiting.empty() ? nullptr : waiting[dice(waiting.size())];
}

bool Program::sign(const quorum::Proposal& proposal, const std::string& name, Decision decision) {
  const Status done = world_.realm.event(
      quorum::Signed{proposal.id, decision, key_of(name).sign(proposal, decision).signature});
  tell(fmt::format("{} {}s {}: {}", name, to_string(decision), proposal.id,
                   done ? "counts" : done.error().code));
  return done.has_value();
}

void Program::approve() {
  const quorum::Case* one = some_waiting();
  if (!one) return;
  const std::string name = one_in(12) ? "mallory" : std::string(kPeople[dice(3)]);
  const bool counted = sign(one->proposal, name, Decision::kApprove);
  const auto shown = judge_.shown.find(std::to_string(one->proposal.id));
  if (counted && shown != judge_.shown.end()) {
    shown->second.approved.emplace(name, world_.true_time());
  }
}

void Program::veto() {
  const quorum::Case* one = some_waiting();
  if (!one) return;
  const std::string name(kPeople[dice(3)]);
  const bool counted = sign(one->proposal, name, Decision::kReject);
  const auto shown = judge_.shown.find(std::to_string(one->proposal.id));
  if (counted && shown != judge_.shown.end()) shown->second.vetoed.insert(name);
}

void Program::cancel() {
  const quorum::Case* one = some_waiting();
  if (!one) return;
  const Status done =
      world_.realm.event(quorum::Step{one->proposal.id, State::kCancelled, "by whoever asked", {}});
  tell(fmt::format("{} is cancelled: {}", one->proposal.id, done ? "yes" : done.error().code));
}

// Somebody has looked at the exchange what became of one that is unknown.
void Program::resolve() {
  for (const auto& [id, one] : world_.realm.proposals.all()) {
    if (one.state != State::kUnknown) continue;
    const std::string found = judge_.find(world_, std::to_string(id));
    const std::string name(kPeople[dice(3)]);
    const Status done = world_.realm.event(key_of(name).resolve(one.proposal, found));
    tell(fmt::format("{} has found {} {}: {}", name, id, found.empty() ? "not sent" : "sent",
                     done ? "counts" : done.error().code));
    return;
  }
}

policy::Bundle Program::bundle() const {
  std::string people = executor::approver_toml("alice", executor::kAlice) +
                       executor::approver_toml("bob", executor::kBob);
  if (has_carol_) people += executor::approver_toml("carol", executor::kCarol);
  std::string more = kTransferPolicy;
  if (has_reader_) more += executor::kReader;
  if (has_new_address_) more += executor::kNewAddress;
  const policy::Bundle made = executor::bundle_of(more, people);
  return says_hold_ ? made : executor::with_usual_holds(made);
}

// How long the policy that was proposed last has to wait.
Millis Program::policy_hold() const {
  const policy::Policy& before = world_.realm.policy;
  const bool had_carol = before.approvers.size() == 3;
  const bool adds_reader = has_reader_ && !before.client("reader");
  const bool adds_address = has_new_address_ && !before.address("new");
  if (!adds_reader && !adds_address && had_carol == has_carol_) return Millis{0};
  if (says_hold_) return hours{48};
  return adds_address || had_carol != has_carol_ ? Judge::kWithdrawalPowerHold : Judge::kPolicyHold;
}

// A reader comes or goes, or an address, or carol does. What only narrows comes into force at once.
void Program::change_policy() {
  bool* const all[] = {&has_carol_, &has_reader_, &has_new_address_};
  bool& one = *all[dice(3)];
  one = !one;
  const policy::Bundle next = bundle();
  const policy::Policy after = policy::load(next).policy;
  const quorum::PolicyChange change =
      quorum::policy_change(world_.realm.policy, after, world_.realm.version + 1, next.hash());
  if (change.changes.empty()) return;
  tell(fmt::format("a policy that {}", change.widens ? "widens" : "narrows"));
  if (!change.widens && !change.touches_approvers) return world_.realm.adopt(next);
  const quorum::Proposal made = draft(change, Asker{Asker::Kind::kRule, "operator", ""});
  if (!world_.realm.event(quorum::Proposed{made})) return;
  judge_.shown[std::to_string(made.id)].must_wait = policy_hold();
  proposed_[made.id] = next;
  std::set<std::string> approvers = {"alice", "bob"};
  if (has_carol_) approvers.insert("carol");
  proposed_approvers_[made.id] = std::move(approvers);
}

// As the gate does.
void Program::adopt_what_is_due() {
  executor::RealmForTest& realm = world_.realm;
  for (const auto& [id, next] : proposed_) {
    const quorum::Case& one = *realm.proposals.find(id);
    if (!realm.event(quorum::Step{id, State::kExecuting, "", realm.clocks})) continue;
    const bool fits =
        std::get<quorum::PolicyChange>(one.proposal.facts).version == realm.version + 1;
    if (fits) {
      judge_.look_at_adopted(world_, std::to_string(id));
      realm.adopt(next, id);
      judge_.approvers = proposed_approvers_[id];
    }
    tell(fmt::format("policy {} {}", id, fits ? "is in force" : "comes too late"));
    EXPECT_TRUE(realm.event(quorum::Step{id, fits ? State::kDone : State::kFailed, "", {}}));
    realm.settle();
  }
}

// --- what goes wrong ----------------------------------------------------------------------------

void Program::let_executor_work() {
  constexpr std::array kFaults = {Fault::kEndBefore, Fault::kEndAfter, Fault::kLoseBefore,
                                  Fault::kLoseAfter, Fault::kRepeat};
  const uint64_t steps = 1 + dice(40);
  tell(fmt::format("the executor works for {} steps", steps));
  for (uint64_t i = 0; i < steps && world_.error.empty(); ++i) {
    const Fault fault = one_in(15) ? kFaults[dice(kFaults.size())] : Fault::kNone;
    if (!world_.step(fault)) world_.pass(Millis(200 + dice(2000)));
    if (fault != Fault::kNone) tell(fmt::format("  with fault {}", static_cast<int>(fault)));
    judge_.look(world_);
  }
}

void Program::kill_executor() {
  tell("the executor is killed");
  if (dice(2) == 0) folders_.push_back(world_.notes);
  world_.start();
}

// From a backup, by somebody who means well.
void Program::restore_executor() {
  if (folders_.empty()) return;
  tell("the executor's folder is put back");
  world_.notes = folders_[dice(folders_.size())];
  world_.start();
}

// A second executor, started from a copy of the folder: it begins one, and may have sent it.
void Program::twin() {
  const quorum::Case* one = some_waiting();
  if (!one || !moved_by(one->proposal.facts) || world_.realm_is_away) return;
  const auto* facts = std::get_if<quorum::Withdrawal>(&one->proposal.facts);
  const uint64_t id = one->proposal.id;
  const quorum::Step begins{id, State::kExecuting, "executor's attempt of the twin",
                            world_.realm.clocks};
  if (!world_.realm.event(begins)) return;
  if (!facts) return move_directly(std::get<quorum::Transfer>(one->proposal.facts));
  const bool sends = one_in(2);
  tell(fmt::format("a second executor begins {}{}", id, sends ? " and sends it" : ""));
  if (!sends) return;
  judge_.by_twin.insert(std::to_string(id));
  world_.binance.sent.push_back(
      {std::to_string(id), facts->amount.str(), facts->address, world_.true_time(), facts->asset});
}

void Program::pass_time() {
  constexpr std::array<Millis, 5> kSpans = {seconds{5}, minutes{1}, minutes{30}, hours{5},
                                            hours{25}};
  const Millis time = kSpans[dice(kSpans.size())];
  tell(fmt::format("{} s pass", time.count() / 1000));
  world_.pass(time);
}

void Program::turn_a_clock() {
  const Millis by = hours{static_cast<int64_t>(dice(60)) - 20};
  const bool gates = one_in(2);
  may_be_late_ = true;
  tell(fmt::format("the {}'s clock is turned by {} h", gates ? "gate" : "executor",
                   by.count() / 3'600'000));
  (gates ? world_.realm.clocks.wall = world_.true_time() + by
         : world_.true_time() + (world_.ahead = by));
}

void Program::trouble_at_exchange() {
  constexpr std::array<Millis, 4> kLags = {Millis{0}, seconds{5}, seconds{30}, hours{1}};
  world_.binance.lag = kLags[dice(kLags.size())];
  world_.binance.refuses = one_in(4);
  tell(fmt::format("the exchange's history lags {} s{}", world_.binance.lag.count() / 1000,
                   world_.binance.refuses ? ", and it refuses" : ""));
}

void Program::trouble_at_realm() {
  world_.realm_is_away = one_in(2);
  may_be_late_ |= world_.realm_is_away;
  tell(world_.realm_is_away ? "the realm does not answer" : "the realm answers");
}

// Nothing goes wrong any more.
void Program::end_well() {
  tell("from here on all goes well");
  world_.realm_is_away = false;
  world_.binance.lag = Millis{0};
  world_.binance.refuses = false;
  world_.ahead = Millis{0};
  world_.realm.clocks.wall = world_.true_time();
  if (one_in(2)) let_all_go_on();  // else what is frozen comes to its end so
  for (int turn = 0; turn < 100 && judge_.wrong.empty(); ++turn) {
    for (int steps = 0; steps < 100 && world_.step(); ++steps) judge_.look(world_);
    if (world_.error == "executor.late" && may_be_late_) return;
    world_.realm.settle();
    adopt_what_is_due();
    world_.pass(turn % 3 == 0 ? Millis{hours{5}} : Millis{seconds{15}});
  }
  judge_.look_at_ends(world_);
}

}  // namespace keystile::sim
