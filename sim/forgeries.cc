// Whoever has taken over the gate can write whatever they like into the ledger, under its key. What
// they lack are the approvers' keys, and the executor's.
#include <fmt/format.h>

#include <array>

#include "sim/program.h"

namespace keystile::sim {

using quorum::Asker;
using quorum::Decision;
using quorum::State;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const std::string kThief = "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW";

Asker program() { return {Asker::Kind::kRule, "payouts", ""}; }

quorum::Signed approval(uint64_t id, const quorum::KeyForTest& key, const quorum::Proposal& read) {
  return {id, Decision::kApprove, key.sign(read, Decision::kApprove).signature};
}

quorum::Step step(uint64_t id, State to) { return {id, to, "", std::nullopt}; }

}  // namespace

void Program::work(int steps) {
  for (int i = 0; i < steps; ++i) {
    if (!world_.step()) world_.pass(seconds{1});
    judge_.look(world_);
  }
}

void Program::note_approved(const quorum::Proposal& read, const std::vector<std::string>& by) {
  for (const std::string& name : by) {
    judge_.shown[std::to_string(read.id)].approved.emplace(name, world_.true_time());
  }
}

void Program::write_approved(const quorum::Proposal& made, const std::vector<std::string>& by) {
  show(made);
  write(quorum::Proposed{made});
  for (const std::string& name : by) write(approval(made.id, key_of(name), made));
  write(step(made.id, State::kApproved));
  note_approved(made, by);
}

bool Program::have_approved(const quorum::Proposal& made) {
  show(made);
  if (!world_.realm.event(quorum::Proposed{made})) return false;
  world_.realm.sign(made, executor::kAlice);
  world_.realm.sign(made, executor::kBob);
  note_approved(made, {"alice", "bob"});
  return true;
}

void Program::forge() {
  static constexpr std::array kForgeries = {&Program::forge_policy,
                                            &Program::forge_amount,
                                            &Program::forge_reused_approvals,
                                            &Program::forge_askers_approval,
                                            &Program::forge_one_persons_approvals,
                                            &Program::forge_old_hold,
                                            &Program::forge_again,
                                            &Program::forge_without_veto,
                                            &Program::turn_all_clocks,
                                            &Program::forge_ends,
                                            &Program::forge_value,
                                            &Program::forge_resolution,
                                            &Program::forge_transfer,
                                            &Program::forge_told,
                                            &Program::forge_unfreezing,
                                            &Program::forge_time};
  world_.realm_is_away = false;
  world_.ahead = Millis{0};
  world_.realm.clocks.wall = world_.true_time();
  let_all_go_on();
  const size_t which = dice(kForgeries.size());
  tell(fmt::format("the gate is taken over: forgery {}", which));
  work(30);
  (this->*kForgeries[which])();
  world_.realm_is_taken = true;
  for (int steps = 0; steps < 300 && judge_.wrong.empty(); ++steps) {
    if (!world_.step()) world_.pass(steps % 20 == 0 ? Millis{minutes{4}} : Millis{seconds{2}});
    judge_.look(world_);
  }
  // It may wait for an earlier hold by its own clocks before it reads on.
  for (int turns = 0; turns < 20 && notices_ && world_.error.empty(); ++turns) {
    world_.pass(hours{5});
    for (int steps = 0; steps < 50 && world_.step(); ++steps) judge_.look(world_);
  }
  if (notices_ && judge_.wrong.empty() && world_.error.empty()) {
    judge_.wrong.push_back(fmt::format("the executor did not notice forgery {}", which));
  }
}

// A policy of their own approvers.
void Program::forge_policy() {
  const quorum::KeyForTest second("mallory's other key");
  world_.realm.adopt(
      executor::bundle_of("", executor::approver_toml("mallory", executor::kMallory) +
                                  executor::approver_toml("malcolm", second) +
                                  executor::approver_toml("alice", executor::kAlice)));
  const quorum::Proposal made = draft(executor::withdrawal("9000"), program());
  show(made);
  write(quorum::Proposed{made});
  write(approval(made.id, executor::kMallory, made));
  write(approval(made.id, second, made));
  write(step(made.id, State::kApproved));
}

// People read one amount, the ledger says another.
void Program::forge_amount() {
  const quorum::Proposal read = draft(executor::withdrawal("10"), program());
  show(read);
  quorum::Proposal written = read;
  std::get<quorum::Withdrawal>(written.facts).amount = Decimal(9999);
  write(quorum::Proposed{written});
  write(approval(read.id, executor::kAlice, read));
  write(approval(read.id, executor::kBob, read));
  write(step(read.id, State::kApproved));
}

// What was approved once, for another one to their address.
void Program::forge_reused_approvals() {
  const quorum::Proposal read = draft(executor::withdrawal("10"), program());
  quorum::Withdrawal facts = executor::withdrawal("10");
  facts.address = kThief;  // in the address book too, so that only the approvals stand in the way
  facts.address_name = "warm-wallet";
  const quorum::Proposal other = draft(facts, program());
  show(read);
  write(quorum::Proposed{read});
  write(quorum::Proposed{other});
  for (const quorum::Proposal* each : {&read, &other}) {
    write(approval(each->id, executor::kAlice, read));
    write(approval(each->id, executor::kBob, read));
    write(step(each->id, State::kApproved));
  }
  note_approved(read, {"alice", "bob"});
}

// Bob asks, approves himself, and has one more.
void Program::forge_askers_approval() {
  const Asker bob{Asker::Kind::kPerson, "bob", executor::kBob.key().fingerprint()};
  write_approved(draft(executor::withdrawal("10"), bob), {"alice", "bob"});
}

// One stolen approver's key, used twice.
void Program::forge_one_persons_approvals() {
  write_approved(draft(executor::withdrawal("10"), program()), {"alice", "alice"});
}

// A hold that is told to have begun long ago.
void Program::forge_old_hold() {
  const quorum::Proposal made = draft(executor::withdrawal("25000"), program());
  quorum::Clocks long_ago = world_.realm.clocks;
  long_ago.wall -= hours{48};
  for (auto& [name, clock] : long_ago.exchanges) clock -= hours{48};
  write_approved(made, {"alice", "bob"});
  write(quorum::Step{made.id, State::kHeld, "", long_ago});
  notices_ = false;  // it goes by its own clocks
}

// One that has left, once more.
void Program::forge_again() {
  notices_ = false;
  for (const auto& [id, one] : world_.realm.proposals.all()) {
    if (!std::holds_alternative<quorum::Withdrawal>(one.proposal.facts)) continue;
    if (one.state == State::kDone || one.state == State::kExecuting) {
      write(step(id, State::kProposed));
      write(step(id, State::kApproved));
      notices_ = true;
    }
  }
}

// A veto that the executor has seen is cut out of the log.
void Program::forge_without_veto() {
  const quorum::Proposal made = draft(executor::withdrawal("25000"), program());
  executor::RealmForTest& realm = world_.realm;
  notices_ = have_approved(made);
  if (!notices_) return;
  const size_t before = realm.texts.size();
  realm.sign(made, executor::kAlice, Decision::kReject);
  judge_.shown[std::to_string(made.id)].vetoed = {"alice"};
  work(30);
  notices_ = world_.runner->followed() > before;
  tell(fmt::format("the executor has{} seen the veto", notices_ ? "" : " not"));
  if (!notices_) return;  // nobody can miss what was not told
  std::vector<std::string> texts(realm.texts.begin(),
                                 realm.texts.begin() + static_cast<std::ptrdiff_t>(before));
  realm.texts.clear();
  realm.log = {};
  for (const std::string& text : texts) {
    realm.texts.push_back(text);
    realm.log.add(ledger::leaf_hash(text));
  }
  const auto grow = [&] { realm.write(json::object({{"type", "gate.started"}})); };
  while (realm.log.size <= world_.runner->followed()) grow();
  // It grows all the time, so that no checkpoint is shown twice.
  for (int steps = 0; steps < 2000 && world_.error.empty(); ++steps) {
    grow();
    if (!world_.step()) world_.pass(minutes{30});
  }
  tell("the executor stopped: " + world_.error);
  if (world_.error.empty()) judge_.wrong.push_back("the executor follows another log");
}

// Of both machines, so that a hold that has just begun is over; the exchange's they cannot turn.
void Program::turn_all_clocks() {
  notices_ = false;
  if (!have_approved(draft(executor::withdrawal("25000"), program()))) return;
  work(30);
  world_.ahead = hours{30};
  world_.realm.clocks.wall += hours{30};
}

// What left has failed, or left long ago: so there seems to be room below the limit of a day.
void Program::forge_ends() {
  notices_ = false;
  if (one_in(2)) {
    world_.realm_denies = true;
  } else {
    world_.realm_backdates = hours{30};
  }
  for (int i = 0; i < 8; ++i) {
    if (!have_approved(draft(executor::withdrawal("10000"), program()))) return;
    work(30);
  }
}

// People read little money, so that no hold seems needed; or there seems to be room below the limit
// of a day.
void Program::forge_value() {
  notices_ = false;
  const bool is_large = one_in(2);
  for (int i = 0; i < 8; ++i) {
    const char* amount = is_large ? "1" : "0.19";
    if (!have_approved(draft(executor::coins(amount, "5000"), program()))) return;
    work(30);
  }
}

// In the name of a rule that moves between own accounts, to another's. People approve what Keystile
// itself asks for.
void Program::forge_transfer() {
  notices_ = false;
  quorum::Transfer facts;
  facts.account = "store";
  facts.exchange = "binance";
  facts.environment = "production";
  facts.asset = "USDT";
  facts.amount = Decimal(2000);
  facts.value = quorum::Worth{facts.amount, "USD"};
  facts.from = facts.to = "SPOT";
  facts.to_account = "mallory@example.com";
  (void)have_approved(draft(facts, {Asker::Kind::kRule, "desk-usdt", ""}));
}

// People are told that a policy adds no power over withdrawals, and so waits less.
void Program::forge_told() {
  executor::RealmForTest& realm = world_.realm;
  has_new_address_ = true;
  has_reader_ = !realm.policy.client("reader");
  const policy::Bundle next = bundle();
  quorum::PolicyChange told = quorum::policy_change(realm.policy, policy::load(next).policy,
                                                    realm.version + 1, next.hash());
  notices_ = told.widens_withdrawals;
  if (!notices_) return;
  told.widens_withdrawals = false;
  const quorum::Proposal made = draft(told, program());
  if (!realm.event(quorum::Proposed{made})) return;
  realm.sign(made, executor::kAlice);
  realm.sign(made, executor::kBob);
  work(30);
  world_.pass(Judge::kPolicyHold + hours{2});
  write(quorum::Step{made.id, State::kExecuting, "", realm.clocks});
  realm.adopt(next, made.id);
}

// What people have frozen goes on, says the gate: alone, by what people approved for another
// freeze, or as if there were none.
void Program::forge_unfreezing() {
  executor::RealmForTest& realm = world_.realm;
  const quorum::Proposal made = draft(executor::withdrawal("10"), program());
  notices_ = have_approved(made);
  if (!notices_) return;
  const uint64_t all = freeze({quorum::FreezeTarget::Kind::kAll, ""});
  quorum::Lifted lifted{realm.kOrigin,        all,          realm.freezes.in_force().at(all).target,
                        "operator root@desk", "it is over", 0};
  const uint64_t way = dice(3);
  if (way == 0) {
    const uint64_t other = freeze({quorum::FreezeTarget::Kind::kClient, "mover"});
    const quorum::Proposal read = draft(realm.unfreeze(other), program());
    notices_ = have_approved(read) &&
               realm.event(quorum::Step{read.id, State::kExecuting, "", realm.clocks});
    lifted.by = to_string(read.asker);
    lifted.proposal = read.id;
  }
  if (way == 2) return write(quorum::Step{made.id, State::kExecuting, "", realm.clocks});
  realm.write(to_json(quorum::FreezeEvent(lifted)));
}

// One person agreed long ago that a freeze ends, and nobody else in time: another did in time too,
// says the gate.
void Program::forge_time() {
  executor::RealmForTest& realm = world_.realm;
  const uint64_t all = freeze({quorum::FreezeTarget::Kind::kAll, ""});
  const quorum::Proposal made = draft(realm.unfreeze(all), program());
  notices_ = realm.event(quorum::Proposed{made}).has_value();
  if (!notices_) return;
  realm.sign(made, executor::kAlice);
  quorum::Clocks says = realm.clocks;
  world_.pass(hours{25});
  work(30);
  // One that waits for a hold asks nobody meanwhile.
  notices_ = world_.runner->answered() > says.wall + hours{25};
  std::swap(realm.clocks, says);
  realm.sign(made, executor::kBob);
  notices_ &= realm.carry_out(made).has_value();
  std::swap(realm.clocks, says);
}

// One that is unknown was not sent, says the gate, so that its limit is given back.
void Program::forge_resolution() {
  notices_ = false;
  executor::RealmForTest& realm = world_.realm;
  const quorum::Proposal made = draft(executor::withdrawal("10"), program());
  if (!have_approved(made)) return;
  const quorum::Step by_another{made.id, State::kExecuting, "by another", realm.clocks};
  if (!realm.event(by_another)) return;
  const quorum::Case& one = *realm.proposals.find(made.id);
  for (int steps = 0; steps < 200 && one.state != State::kUnknown; ++steps) {
    if (!world_.step()) world_.pass(seconds{2});
  }
  if (one.state != State::kUnknown) return;
  write(executor::kAlice.resolve(made, ""));  // of two that it takes
  write(step(made.id, State::kFailed));
  notices_ = true;
}

}  // namespace keystile::sim
