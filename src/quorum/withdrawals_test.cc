#include "quorum/withdrawals.h"

#include <gtest/gtest.h>

#include "quorum/realm_for_test.h"

namespace keystile::quorum {
namespace {

class ProposedWithdrawals : public ::testing::Test {
 protected:
  ProposedWithdrawals() {
    client_.name = "payouts";
    client_.account = "binance-main";
    to_.name = "cold-wallet";
    to_.address = a_withdrawal().address;
    to_.network = "tron";
    account_.name = "binance-main";
  }

  void propose(const char* amount, uint64_t id) {
    Proposal proposal = withdrawal_of(amount, id);
    proposal.created = realm_.clocks.wall;
    proposal.expires = proposal.created + std::chrono::hours{24};
    apply(Proposed{proposal});
  }
  void apply(const Event& event) {
    const Status status = realm_.apply(event);
    ASSERT_TRUE(status) << status.error().message;
  }
  void step(uint64_t id, State to, std::string detail = "") {
    apply(Step{id, to, std::move(detail), realm_.clocks});
  }
  void approve(uint64_t id) {
    const Proposal& proposal = realm_.proposals.find(id)->proposal;
    for (const KeyForTest* key : {&RealmForTest::kAlice, &RealmForTest::kBob}) {
      apply(Signed{id, Decision::kApprove, key->sign(proposal).signature});
    }
    realm_.settle();
  }
  void send(uint64_t id, State end, std::string detail = "") {
    approve(id);
    step(id, State::kExecuting);
    step(id, end, std::move(detail));
  }

  policy::WithdrawalFacts spent(const OwnCount* own = nullptr) {
    policy::WithdrawalFacts facts;
    facts.to = &to_;
    facts.account = &account_;
    const Status status =
        count_spent(realm_.proposals, client_, "USDT", "USD", realm_.clocks.wall, &facts, own);
    EXPECT_TRUE(status);
    return facts;
  }

  Decimal taken(WallTime read) const {
    return promised(realm_.proposals, account_, "USDT", read).value();
  }

  RealmForTest realm_;
  policy::Client client_;
  policy::BookAddress to_;
  policy::Account account_;
};

TEST_F(ProposedWithdrawals, CountFromTheMomentTheyAreProposed) {
  propose("100", 1);
  propose("50.5", 2);
  const auto facts = spent();
  const Decimal all = Decimal::parse("150.5").value();
  EXPECT_EQ(facts.by_client, all);
  EXPECT_EQ(facts.by_account, all);
  EXPECT_EQ(facts.to_address, all);
  EXPECT_EQ(facts.of_asset, all);
  EXPECT_EQ(facts.count, 2u);
  EXPECT_FALSE(facts.used);
}

TEST_F(ProposedWithdrawals, CountForWhomTheyConcern) {
  propose("100", 1);
  client_.name = "other";
  EXPECT_EQ(spent().by_client, Decimal(0));
  EXPECT_EQ(spent().by_account, Decimal(100));
  client_.account = "elsewhere";
  EXPECT_EQ(spent().by_account, Decimal(0));
  EXPECT_EQ(spent().to_address, Decimal(100));
  to_.memo = "1";
  EXPECT_EQ(spent().to_address, Decimal(0));
}

// The address book's entry has kept its name and its address, and has another network now.
TEST_F(ProposedWithdrawals, AnAddressOnAnotherNetworkIsAnotherDestination) {
  propose("100", 1);
  send(1, State::kDone);
  EXPECT_TRUE(spent().used);
  EXPECT_EQ(spent().to_address, Decimal(100));
  to_.network = "ethereum";
  EXPECT_FALSE(spent().used);
  EXPECT_EQ(spent().to_address, Decimal(0));
}

TEST_F(ProposedWithdrawals, WhatHadNoEffectIsGivenBack) {
  propose("100", 1);
  step(1, State::kCancelled);
  EXPECT_EQ(spent().by_client, Decimal(0));
  EXPECT_EQ(spent().count, 1u);  // it has asked people, though
  propose("100", 2);
  apply(Signed{
      2, Decision::kReject,
      RealmForTest::kAlice.sign(realm_.proposals.find(2)->proposal, Decision::kReject).signature});
  realm_.settle();
  ASSERT_EQ(realm_.proposals.find(2)->state, State::kRejected);
  propose("100", 3);
  send(3, State::kFailed);
  propose("100", 4);
  realm_.pass(std::chrono::hours{25});
  realm_.settle();
  ASSERT_EQ(realm_.proposals.find(4)->state, State::kExpired);
  EXPECT_EQ(spent().by_client, Decimal(0));
  EXPECT_EQ(spent().count, 0u);
  EXPECT_FALSE(spent().used);
}

TEST_F(ProposedWithdrawals, WhatMayHaveBeenSentCountsForADayAfterItWasSent) {
  propose("100", 1);
  propose("10", 2);
  realm_.pass(std::chrono::hours{20});
  send(1, State::kDone);
  send(2, State::kUnknown);
  realm_.pass(std::chrono::hours{24} - Millis{1});
  EXPECT_EQ(spent().by_client, Decimal(110));
  realm_.pass(Millis{1});
  EXPECT_EQ(spent().by_client, Decimal(0));
  EXPECT_TRUE(spent().used);
}

TEST_F(ProposedWithdrawals, WhatIsUnknownProvesNoAddressHoweverOldItIs) {
  propose("100", 1);
  send(1, State::kUnknown);
  realm_.pass(std::chrono::hours{100});
  EXPECT_EQ(spent().to_address, Decimal(0));
  EXPECT_EQ(spent().unproven, Decimal(100));
  EXPECT_FALSE(spent().used);
  for (const KeyForTest* key : {&RealmForTest::kAlice, &RealmForTest::kBob}) {
    apply(key->resolve(realm_.proposals.find(1)->proposal, "W1"));
  }
  realm_.settle();
  EXPECT_TRUE(spent().used);
}

// Somebody who does not trust the entries knows which have left, and which have arrived.
TEST_F(ProposedWithdrawals, WhatOneKnowsOneselfOnlyMakesSumsLarger) {
  propose("100", 1);
  send(1, State::kDone);
  realm_.pass(std::chrono::hours{25});
  propose("10", 2);
  send(2, State::kFailed);
  propose("1", 3);
  EXPECT_EQ(spent().by_client, Decimal(1));
  EXPECT_TRUE(spent().used);
  const OwnCount nothing;
  EXPECT_EQ(spent(&nothing).by_client, Decimal(1));
  EXPECT_FALSE(spent(&nothing).used);
  const OwnCount both{{1, 2}, {}, {1}, {}};
  EXPECT_EQ(spent(&both).by_client, Decimal(111));
  EXPECT_EQ(spent(&both).count, 3u);
  EXPECT_EQ(spent(&both).unproven, Decimal(111));
  const OwnCount dearer{{}, {2}, {}, {{3, Decimal(5)}}};
  EXPECT_EQ(spent(&dearer).by_client, Decimal(5));
  EXPECT_EQ(spent(&dearer).unproven, Decimal(15));
  EXPECT_TRUE(spent(&both).used);
}

TEST_F(ProposedWithdrawals, WhatIsOpenCountsHoweverOldItIs) {
  propose("100", 1);
  approve(1);
  step(1, State::kExecuting);
  realm_.pass(std::chrono::hours{100});
  EXPECT_EQ(spent().by_client, Decimal(100));
}

// Money that is on its way was there when the balance was asked for before.
TEST_F(ProposedWithdrawals, WhatIsPromisedCountsUntilTheBalanceIsReadWithoutIt) {
  propose("100", 1);
  propose("10", 2);
  propose("1", 3);
  const WallTime before = realm_.clocks.wall;
  EXPECT_EQ(taken(before), Decimal(111));
  step(3, State::kCancelled);
  realm_.pass(Millis{1});
  send(1, State::kDone);
  send(2, State::kUnknown);
  EXPECT_EQ(taken(before), Decimal(110));
  EXPECT_EQ(taken(realm_.clocks.wall), Decimal(110));
  EXPECT_EQ(taken(realm_.clocks.wall + Millis{1}), Decimal(0));
  propose("7", 4);
  approve(4);
  step(4, State::kExecuting);
  EXPECT_EQ(taken(realm_.clocks.wall + std::chrono::hours{1}), Decimal(7));
  account_.name = "elsewhere";
  EXPECT_EQ(taken(before), Decimal(0));
}

TEST_F(ProposedWithdrawals, ATransferPromisesWhatItTakesFromTheWalletsOfWithdrawals) {
  Transfer facts = a_transfer();
  facts.exchange = account_.exchange = "binance";
  facts.account = account_.name;
  facts.environment = account_.environment = "production";
  facts.asset = "USDT";
  facts.amount = Decimal(5);
  account_.known_as = "main@example.com";
  struct Way {
    const char *from, *from_account, *to, *to_account;
    int takes, of_spot;
  };
  const Way ways[] = {
      {"MAIN", "", "UMFUTURE", "", 5, 5},              // by its other name
      {"SPOT", "", "SPOT", "desk@example.com", 5, 5},  // to another
      {"SPOT", "main@example.com", "SPOT", "", 0, 5},  // from itself to itself
      {"MAIN", "", "FUNDING", "", 0, 5},               // can be withdrawn there too
      {"FUNDING", "", "UMFUTURE", "", 5, 0},
      {"UMFUTURE", "", "MAIN", "", 0, 0},                     // comes in
      {"SPOT", "desk@example.com", "SPOT", "", 0, 0},         // likewise
      {"USDT_FUTURE", "", "SPOT", "desk@example.com", 0, 0},  // was never to be withdrawn
  };
  uint64_t id = 10;
  for (const Way& way : ways) {
    facts.from = way.from;
    facts.from_account = way.from_account;
    facts.to = way.to;
    facts.to_account = way.to_account;
    Proposal proposal = proposal_of(facts);
    proposal.id = ++id;
    realm_.quorums.push_back(
        {Action::kTransfer, {{std::nullopt, RealmForTest::rule(2, Millis{0})}}});
    apply(Proposed{proposal});
    EXPECT_EQ(taken(realm_.clocks.wall), Decimal(way.takes)) << way.from << " " << way.to_account;
    EXPECT_EQ(promised_from(realm_.proposals, account_, "SPOT", "USDT", realm_.clocks.wall).value(),
              Decimal(way.of_spot))
        << way.from << " " << way.to_account;
    step(id, State::kCancelled);
  }
}

// Of several nobody knows out of which wallet it will be.
TEST_F(ProposedWithdrawals, AWithdrawalPromisesTheOnlyWalletThatItCanLeaveFrom) {
  propose("100", 1);
  const auto from = [&](const char* exchange, const char* wallet) {
    account_.exchange = exchange;
    return promised_from(realm_.proposals, account_, wallet, "USDT", realm_.clocks.wall).value();
  };
  EXPECT_EQ(from("okx", "funding"), Decimal(100));
  EXPECT_EQ(from("okx", "trading"), Decimal(0));
  EXPECT_EQ(from("binance", "SPOT"), Decimal(0));
  EXPECT_EQ(from("nowhere", "funding"), Decimal(0));
}

TEST_F(ProposedWithdrawals, AnotherCurrencyCannotBeAdded) {
  propose("100", 1);
  policy::WithdrawalFacts facts;
  facts.to = &to_;
  const Status status =
      count_spent(realm_.proposals, client_, "USDT", "EUR", realm_.clocks.wall, &facts);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, "withdrawal.spent");
}

TEST_F(ProposedWithdrawals, ProgramsSeeTheirOwn) {
  propose("100", 1);
  propose("7", 2);
  send(2, State::kDone, detail_with_id("77-x", "confirmed"));
  const auto all = asked_by(realm_.proposals, client_);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].stage, exchanges::WithdrawalStage::kWaiting);
  EXPECT_EQ(all[0].exchange_id, "");
  EXPECT_EQ(all[1].stage, exchanges::WithdrawalStage::kDone);
  EXPECT_EQ(all[1].exchange_id, "77-x");
  EXPECT_EQ(all[1].asked.amount, Decimal(7));
  EXPECT_TRUE(all[1].asked.on_chain_only);
  client_.name = "other";
  EXPECT_TRUE(asked_by(realm_.proposals, client_).empty());
}

TEST(ExchangeId, IsReadBackFromADetail) {
  EXPECT_EQ(exchange_id(detail_with_id("123")), "123");
  EXPECT_EQ(exchange_id(detail_with_id("a-b", "more; and more")), "a-b");
  EXPECT_EQ(exchange_id("the exchange says: exchange id 5"), "");
  EXPECT_EQ(exchange_id(""), "");
}

}  // namespace
}  // namespace keystile::quorum
