#include "quorum/proposal.h"

#include <gtest/gtest.h>

#include "quorum/proposals_for_test.h"

namespace keystile::quorum {
namespace {

std::string refusal(const Proposal& proposal) {
  const Status status = check(proposal);
  return status ? "taken" : status.error().message;
}

template <class Change>
std::string refusal_of(Change change) {
  Withdrawal facts = a_withdrawal();
  change(&facts);
  return refusal(proposal_of(facts));
}

bool names(const std::string& message, const std::string& fact) {
  return message.find("\"" + fact + "\"") != message.npos;
}

TEST(Proposal, OneOfEachKindIsTaken) {
  std::set<Action> seen;
  for (const auto& [name, proposal] : one_of_each()) {
    EXPECT_EQ(refusal(proposal), "taken") << name;
    EXPECT_EQ(policy::to_string(proposal.action()), name);
    seen.insert(proposal.action());
  }
  EXPECT_EQ(seen.size(), policy::kActions.size());
}

TEST(Proposal, AMissingFactIsRefusedByItsName) {
  EXPECT_TRUE(names(refusal_of([](Withdrawal* w) { w->account = ""; }), "account"));
  EXPECT_TRUE(names(refusal_of([](Withdrawal* w) { w->asset = ""; }), "asset"));
  EXPECT_TRUE(names(refusal_of([](Withdrawal* w) { w->address = ""; }), "address"));
  EXPECT_TRUE(names(refusal_of([](Withdrawal* w) { w->network = ""; }), "network"));
  EXPECT_TRUE(names(refusal_of([](Withdrawal* w) { w->amount = Decimal(); }), "amount"));
  EXPECT_TRUE(names(refusal_of([](Withdrawal* w) { w->amount = Decimal(-1); }), "amount"));
  EXPECT_TRUE(names(refusal_of([](Withdrawal* w) { w->memo = "\xff"; }), "memo"));
  EXPECT_TRUE(names(refusal_of([](Withdrawal* w) { w->value->amount = Decimal(-1); }), "value"));
  EXPECT_TRUE(names(refusal_of([](Withdrawal* w) { w->value->currency = "U D"; }), "value"));
  EXPECT_EQ(refusal_of([](Withdrawal* w) {
              w->internal = true;  // has no network
              w->network = "";
            }),
            "taken");
}

TEST(Proposal, ItsHeadAndFootAreCheckedToo) {
  const Proposal good = proposal_of(a_withdrawal());
  const auto refused = [&](auto change) {
    Proposal proposal = good;
    change(&proposal);
    return refusal(proposal);
  };
  EXPECT_TRUE(names(refused([](Proposal* p) { p->id = 0; }), "proposal"));
  EXPECT_TRUE(names(refused([](Proposal* p) { p->id = kMaxProposalId + 1; }), "proposal"));
  EXPECT_EQ(refused([](Proposal* p) { p->id = kMaxProposalId; }), "taken");
  EXPECT_TRUE(names(refused([](Proposal* p) { p->realm = ""; }), "realm"));
  EXPECT_TRUE(names(refused([](Proposal* p) { p->expires = p->created; }), "expires"));
  EXPECT_TRUE(names(refused([](Proposal* p) { p->policy_version = 0; }), "policy version"));
  EXPECT_TRUE(names(refused([](Proposal* p) { p->policy_hash = "A"; }), "policy hash"));
  EXPECT_TRUE(names(refused([](Proposal* p) { p->asker.name = "a b"; }), "asked by"));
  EXPECT_TRUE(names(refused([](Proposal* p) { p->asker.key = kAliceKey; }), "asked by"));
  EXPECT_TRUE(
      names(refused([](Proposal* p) { p->asker.kind = Asker::Kind::kPerson; }), "asked by"));
}

TEST(Proposal, WhatNobodyCanReadIsRefused) {
  PolicyChange change = a_policy_change();
  change.changes.assign(1000, "one more of very many");
  EXPECT_TRUE(names(refusal(proposal_of(change)), "action"));
  change.changes.clear();
  EXPECT_TRUE(names(refusal(proposal_of(change)), "change"));
}

TEST(Proposal, AHoldIsATimeAndForMorePowerOnly) {
  const auto refused = [](auto change) {
    PolicyChange facts = a_policy_change();
    change(&facts);
    return refusal(proposal_of(facts));
  };
  EXPECT_EQ(refused([](PolicyChange* p) { p->hold = Millis{0}; }), "taken");
  EXPECT_EQ(refused([](PolicyChange* p) { p->hold = std::chrono::minutes{90}; }), "taken");
  EXPECT_TRUE(names(refused([](PolicyChange* p) { p->hold = Millis{-3600'000}; }), "hold"));
  EXPECT_TRUE(names(refused([](PolicyChange* p) { p->hold = Millis{1500}; }), "hold"));
  EXPECT_TRUE(names(refused([](PolicyChange* p) { p->hold = std::chrono::hours{9000}; }), "hold"));
  EXPECT_TRUE(names(refused([](PolicyChange* p) { p->widens = false; }), "hold"));
  EXPECT_TRUE(names(refused([](PolicyChange* p) {
                      p->widens = false;
                      p->hold = Millis{0};
                    }),
                    "hold"));
  EXPECT_EQ(refused([](PolicyChange* p) { *p = that_narrows(*p); }), "taken");
}

TEST(ProposalJson, RoundTrips) {
  for (const auto& [name, proposal] : one_of_each()) {
    const std::string text = json::dump(to_json(proposal));
    const auto read = read_proposal(json::parse(text).value());
    ASSERT_TRUE(read) << name << ": " << read.error().message;
    EXPECT_EQ(*read, proposal) << name;
  }
}

TEST(ProposalJson, IsReadableByPeople) {
  EXPECT_EQ(json::dump(to_json(proposal_of(a_withdrawal()))),
            R"({"realm":"keystile.example/desk","proposal":1795242600123,"action":"withdraw",)"
            R"("account":"binance-main","exchange":"binance","environment":"production",)"
            R"("asset":"USDT","amount":"1500.25","value":"1500.25 USD","sent":"on chain",)"
            R"("network":"TRX","address":"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",)"
            R"("address_name":"cold-wallet","fee":"on top of the amount",)"
            R"("programs_id":"payout-2026-11-21-7","asked_by":"client payouts",)"
            R"("created":"2026-11-21T06:30:00.123Z","expires":"2026-11-22T06:30:00.123Z",)"
            R"("policy_version":7,"policy_hash":")" +
                kPolicyHash + "\"}");
}

TEST(ProposalJson, WhatApproversWouldNotSeeIsRefused) {
  const std::string good = json::dump(to_json(proposal_of(a_withdrawal())));
  const std::pair<std::string, std::string> swaps[] = {
      {"\"asset\"", "\"priority\":\"high\",\"asset\""},
      {"\"asset\":\"USDT\",", ""},
      {"\"1500.25\"", "\"1500.250\""},
      {"\"1500.25\"", "\"1,500.25\""},
      {"\"1500.25\"", "\"+1500.25\""},
      {"\"1500.25\"", "\"01500.25\""},
      {"\"1500.25\"", "\"15e2\""},
      {"\"1500.25\"", "1500.25"},
      {"1500.25 USD", "1500.250 USD"},
      {"1795242600123", "\"1795242600123\""},
      {"1795242600123", "1795242600123.0"},
      {"1795242600123", "1.795242600123e12"},
      {"on chain", "by pigeon"},
      {"\"withdraw\"", "\"transfer\""},
      {"\"withdraw\"", "\"withdrawal\""},
      {"client payouts", "client  payouts"},
      {"client payouts", "robot payouts"},
      {".123Z\",\"expires", "Z\",\"expires"},
  };
  for (const auto& [from, to] : swaps) {
    std::string text = good;
    const size_t at = text.find(from);
    ASSERT_NE(at, text.npos) << from;
    text.replace(at, from.size(), to);
    const auto read = read_proposal(json::parse(text).value());
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, "ledger.entry") << text;
  }
  EXPECT_FALSE(read_proposal(json::Value("text")));
}

// Byte for byte as it stands in their ledgers; what was signed is in approval_text_test.cc.
TEST(ProposalJson, OneOfAnEarlierBuildIsReadAsItWas) {
  const std::string text =
      R"({"realm":"keystile.example/desk","proposal":1795242600123,"action":"policy",)"
      R"("new_version":8,)"
      R"("new_hash":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
      R"("power":"allows more than before",)"
      R"("change":["client payouts: may now withdraw USDT",)"
      R"("account binance-main: key trade is gone"],"asked_by":"client payouts",)"
      R"("created":"2026-11-21T06:30:00.123Z","expires":"2026-11-22T06:30:00.123Z",)"
      R"("policy_version":7,"policy_hash":")" +
      std::string(kPolicyHash) + "\"}";
  const auto read = read_proposal(json::parse(text).value());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, proposal_of(of_an_earlier_build(a_policy_change())));
  EXPECT_EQ(json::dump(to_json(*read)), text);
}

TEST(ProposalJson, AHoldHasOneSpelling) {
  const std::string good = json::dump(to_json(proposal_of(a_policy_change())));
  const std::string hold = "72 h once approved (may add power over withdrawals)";
  const size_t at = good.find(hold);
  ASSERT_NE(at, good.npos) << good;
  for (const char* bad :
       {"", "72 h", "72h once approved (may add power over withdrawals)",
        "3 d once approved (may add power over withdrawals)",
        "072 h once approved (may add power over withdrawals)",
        "259200 s once approved (may add power over withdrawals)", "72 h once approved",
        "72 h once approved (adds some power over withdrawals)",
        "0 h once approved (may add power over withdrawals)",
        "none once approved (may add power over withdrawals)",
        "-72 h once approved (may add power over withdrawals)"}) {
    std::string text = good;
    text.replace(at, hold.size(), bad);
    EXPECT_FALSE(read_proposal(json::parse(text).value())) << bad;
  }
}

TEST(Asker, RoundTrips) {
  for (const Asker& asker :
       {Asker{Asker::Kind::kClient, "bot", ""}, Asker{Asker::Kind::kPerson, "alice", kAliceKey},
        Asker{Asker::Kind::kRule, "sweep", ""}}) {
    EXPECT_EQ(parse_asker(to_string(asker)), asker);
  }
  for (const char* bad : {"", "client", "clientbot", "robot x"}) EXPECT_FALSE(parse_asker(bad));
}

}  // namespace
}  // namespace keystile::quorum
