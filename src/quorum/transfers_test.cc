#include "quorum/transfers.h"

#include <gtest/gtest.h>

#include "quorum/realm_for_test.h"
#include "quorum/withdrawals.h"

namespace keystile::quorum {
namespace {

using exchanges::TransferState;

struct Desk : RealmForTest {
  policy::Client client;
  Desk() {
    client.name = "payouts";
    client.account = "okx-main";
    quorums.push_back({Action::kTransfer, {{std::nullopt, rule(2, Millis{0})}}});
  }

  uint64_t propose(uint64_t id, const std::string& asker = "payouts") {
    Transfer facts = a_transfer();
    facts.own_id = std::to_string(id);
    Proposal proposal = proposal_of(facts);
    proposal.id = id;
    proposal.asker.name = asker;
    proposal.created = clocks.wall;
    proposal.expires = clocks.wall + std::chrono::hours{24};
    EXPECT_TRUE(apply(Proposed{proposal}));
    return id;
  }
  void step(uint64_t id, State to, std::string detail = "") {
    const Status done = apply(Step{id, to, std::move(detail), clocks});
    EXPECT_TRUE(done) << done.error().message;
  }
  void approve(uint64_t id) {
    for (const KeyForTest* key : {&kAlice, &kBob}) {
      const Proposal& proposal = proposals.find(id)->proposal;
      EXPECT_TRUE(
          apply(Signed{id, Decision::kApprove, key->sign(proposal, Decision::kApprove).signature}));
    }
    settle();
  }
  TransferState shown(uint64_t id) const { return transfer_shown(*proposals.find(id)).state; }
};

TEST(ProposedTransfers, AreAskedForAsPeopleHaveRead) {
  const exchanges::Transfer asked = asked_of(a_transfer());
  EXPECT_EQ(asked.asset, "BTC");
  EXPECT_EQ(asked.amount, a_transfer().amount);
  EXPECT_EQ(asked.from, "trading");
  EXPECT_EQ(asked.to_account, "storage-1");
  EXPECT_TRUE(asked.leaves_account);
  Transfer own = a_transfer();
  own.to_account.clear();
  EXPECT_FALSE(asked_of(own).leaves_account);
}

TEST(ProposedTransfers, AreShownInTheExchangesThreeStates) {
  Desk desk;
  desk.propose(1);
  EXPECT_EQ(desk.shown(1), TransferState::kPending);
  desk.approve(1);
  EXPECT_EQ(desk.shown(1), TransferState::kPending);
  desk.step(1, State::kExecuting);
  EXPECT_EQ(desk.shown(1), TransferState::kPending);
  desk.step(1, State::kUnknown);
  EXPECT_EQ(desk.shown(1), TransferState::kPending);
  desk.propose(3);
  desk.approve(3);
  desk.step(3, State::kExecuting);
  desk.step(3, State::kDone, detail_with_id("42", "okx has it"));
  EXPECT_EQ(desk.shown(3), TransferState::kDone);
  EXPECT_EQ(transfer_shown(*desk.proposals.find(3)).exchange_id, "42");
  desk.propose(2);
  desk.step(2, State::kCancelled);
  EXPECT_EQ(desk.shown(2), TransferState::kFailed);
}

TEST(ProposedTransfers, AProgramSeesItsOwn) {
  Desk desk;
  desk.propose(1);
  desk.propose(2, "other");
  desk.pass(std::chrono::hours{23});
  desk.propose(3);
  const auto all = transfers_by(desk.proposals, desk.client);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, 1u);
  EXPECT_EQ(all[1].id, 3u);
  EXPECT_EQ(transfers_asked(desk.proposals, desk.client, desk.clocks.wall), 2u);
  desk.pass(std::chrono::hours{1});
  EXPECT_EQ(transfers_asked(desk.proposals, desk.client, desk.clocks.wall), 1u);
  desk.client.account = "elsewhere";
  EXPECT_TRUE(transfers_by(desk.proposals, desk.client).empty());
}

}  // namespace
}  // namespace keystile::quorum
