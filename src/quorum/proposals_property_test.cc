// Random programs of proposals, signatures, steps, removed approvers and clock jumps. Most of what
// they try is refused. What holds after each: nothing is executed without a quorum, nor twice, nor
// before its hold; a refused event changes nothing; and the ledger alone gives the same again.
#include <gtest/gtest.h>
// (rapidcheck wants gtest first)
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "quorum/realm_for_test.h"

namespace keystile::quorum {
namespace {

constexpr uint64_t kIds = 3;  // 1: small; 2: held; 3: the asker is an approver
constexpr State kSteps[] = {State::kProposed, State::kApproved, State::kHeld,    State::kExecuting,
                            State::kDone,     State::kRejected, State::kExpired, State::kCancelled,
                            State::kFailed,   State::kUnknown};

// Every value is as likely at any size that rapidcheck asks for.
int below(int bound) { return *rc::gen::resize(100, rc::gen::inRange(0, bound)); }

Proposal proposal_number(uint64_t id) {
  Proposal proposal = withdrawal_of(id == 2 ? "20000" : "100", id, std::to_string(id));
  if (id == 3) {
    proposal.asker = {Asker::Kind::kPerson, "alice", RealmForTest::kAlice.key().fingerprint()};
  }
  return proposal;
}

// Everything that is remembered, as text.
std::string spelled(const Proposals& proposals) {
  std::string out;
  for (const auto& [id, one] : proposals.all()) {
    out += json::dump(to_json(one.proposal)) + std::string(to_string(one.state)) + one.detail;
    out += iso8601(one.approved);
    if (one.held) out += json::dump(to_json(*one.held));
    for (const Received& each : one.signatures) {
      out += std::string(to_string(each.decision)) + each.signature.armored() + iso8601(each.at);
    }
    for (const Resolved& each : one.resolutions) {
      out += each.what.exchange_id + each.signature.armored();
    }
    if (one.resolution) out += "resolved " + one.resolution->exchange_id;
    for (const uint64_t entry : one.entries) out += std::to_string(entry) + " ";
  }
  return out;
}

class Program {
 public:
  Program() { realm_.quorums[0].tiers[1].rule.vetoes = 2; }

  // Which proposals were executed.
  std::set<uint64_t> run() {
    for (uint64_t id = 1; id <= kIds; ++id) attempt(Proposed{proposal_number(id)});
    for (int i = 0; i < 150; ++i) one_move();
    for (const auto& [id, times] : executed_) RC_ASSERT(times == 1);
    RC_ASSERT(spelled(rebuilt_) == spelled(realm_.proposals));
    std::set<uint64_t> ids;
    for (const auto& [id, times] : executed_) ids.insert(id);
    return ids;
  }

 private:
  // Weighted, so that a good part of the programs comes to an end.
  void one_move() {
    const uint64_t id = 1 + static_cast<uint64_t>(below(kIds));
    const int move = below(20);
    if (move == 0) return attempt(Proposed{proposal_number(id)});
    if (move == 1) return step(id, kSteps[below(std::size(kSteps))]);
    if (move == 2) return realm_moves();
    if (move == 3) return resolve(id);
    if (move < 7) return step(id, State::kExecuting);
    return move < 13 ? due(id) : sign(id);
  }

  void sign(uint64_t id) {
    static const KeyForTest eve("eve");
    const KeyForTest* keys[] = {&RealmForTest::kAlice, &RealmForTest::kBob, &RealmForTest::kCarol,
                                &eve};
    const Decision decision = below(12) == 0 ? Decision::kReject : Decision::kApprove;
    // Now and then what was signed is another proposal, or the other decision.
    const uint64_t about = below(8) == 0 ? 1 + id % kIds : id;
    const Decision said = below(8) == 0 ? Decision::kReject : decision;
    attempt(Signed{id, decision, keys[below(4)]->sign(proposal_number(about), said).signature});
  }

  void resolve(uint64_t id) {
    const KeyForTest* keys[] = {&RealmForTest::kAlice, &RealmForTest::kBob, &RealmForTest::kCarol};
    attempt(keys[below(3)]->resolve(proposal_number(id), below(3) == 0 ? "" : "W1"));
  }

  void step(uint64_t id, State to) {
    Step one{id, to, "", std::nullopt};
    if (to == State::kHeld || to == State::kExecuting) one.clocks = realm_.clocks;
    attempt(one);
  }

  void due(uint64_t id) {
    const Case* one = realm_.proposals.find(id);
    const auto step =
        one ? realm_.proposals.due(*one, realm_.clocks, realm_.in_force()) : std::nullopt;
    if (!step) return;
    RC_ASSERT(realm_.proposals.check(*step, realm_.clocks.wall, realm_.in_force()).has_value());
    attempt(*step);
  }

  void realm_moves() {
    using std::chrono::hours;
    switch (below(12)) {
      case 0:
      case 8:
        if (realm_.approvers.size() > 2) realm_.approvers.pop_back();
        return;
      case 1:
        realm_.clocks.wall += hours{80};  // set forward, by somebody
        return;
      case 2:
        realm_.clocks.wall -= hours{1};
        return;
      case 3:
      case 4:
      case 5:
      case 6:
      case 7:
        return realm_.pass(hours{72});
      default:
        return realm_.pass(hours{1});
    }
  }

  void attempt(const Event& event) {
    const std::string before = spelled(realm_.proposals);
    const uint64_t index = realm_.next_index;
    if (!realm_.apply(event)) {
      RC_ASSERT(spelled(realm_.proposals) == before);
      return;
    }
    const auto* step = std::get_if<Step>(&event);
    if (step && step->to == State::kExecuting) check_executed(*realm_.proposals.find(step->id));
    if (step && step->to == State::kHeld) {
      held_since_[step->id] = realm_.clocks.exchanges["binance"];
    }
    const auto read = read_event(json::parse(json::dump(to_json(event))).value());
    RC_ASSERT(read.has_value());
    RC_ASSERT(rebuilt_.apply(index, realm_.clocks.wall, **read, realm_.in_force()).has_value());
  }

  // Counted in another way than the tally does.
  void check_executed(const Case& one) {
    ++executed_[one.proposal.id];
    size_t people = 0, vetoes = 0;
    for (const auto& approver : realm_.approvers) {
      if (one.proposal.id == 3 && approver.name == "alice") continue;
      const auto said = [&](Decision decision) {
        return std::any_of(one.signatures.begin(), one.signatures.end(), [&](const Received& each) {
          return each.decision == decision && each.signature.key == approver.keys[0] &&
                 verify(each.signature, approver.keys[0], "withdraw@keystile",
                        approval_text(one.proposal, decision), crypto::SshKeyRules{});
        });
      };
      if (said(Decision::kReject)) {
        ++vetoes;
      } else if (said(Decision::kApprove)) {
        ++people;
      }
    }
    RC_ASSERT(people >= 2u);
    RC_ASSERT(vetoes < (one.proposal.id == 2 ? 2u : 1u));
    if (one.proposal.id == 2) {
      RC_ASSERT(realm_.clocks.exchanges["binance"] - held_since_[2] >= RealmForTest::kHold);
    }
  }

  RealmForTest realm_;
  Proposals rebuilt_;
  std::map<uint64_t, int> executed_;
  std::map<uint64_t, WallTime> held_since_;
};

TEST(ProposalsProperty, NothingWithoutItsQuorumAndNothingTwice) {
  std::map<uint64_t, int> programs;
  EXPECT_TRUE(rc::check([&] {
    for (const uint64_t id : Program().run()) ++programs[id];
  }));
  for (uint64_t id = 1; id <= kIds; ++id)
    EXPECT_GT(programs[id], 0) << "no program executed " << id;
}

}  // namespace
}  // namespace keystile::quorum
