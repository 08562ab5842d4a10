#include "quorum/approval_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "quorum/proposals_for_test.h"

namespace keystile::quorum {
namespace {

using std::chrono::hours;

std::string read(const std::string& name) {
  std::stringstream text;
  text << std::ifstream(KEYSTILE_SOURCE_DIR "/" + name).rdbuf();
  return text.str();
}

std::string golden(const std::string& name) {
  return read("src/quorum/testdata/approval/" + name + ".txt");
}

std::string withdrawal_text(const Withdrawal& facts) {
  return approval_text(proposal_of(facts), Decision::kApprove);
}

TEST(ApprovalText, Golden) {
  for (const auto& [name, proposal] : one_of_each()) {
    EXPECT_EQ(approval_text(proposal, Decision::kApprove), golden(name)) << name;
  }
}

// In one line: how long, and why.
TEST(ApprovalText, APolicyChangeSaysHowLongItWaits) {
  const auto line = [](const PolicyChange& change) {
    const std::string text = approval_text(proposal_of(change), Decision::kApprove);
    const size_t at = text.find("\nhold:") + 1;
    return text.substr(at, text.find('\n', at) - at);
  };
  PolicyChange change = a_policy_change();
  EXPECT_EQ(line(change), "hold:           72 h once approved (may add power over withdrawals)");
  change.hold = Millis{5400'000};
  EXPECT_EQ(line(change), "hold:           5400 s once approved (may add power over withdrawals)");
  EXPECT_EQ(line(without_withdrawals(change)),
            "hold:           48 h once approved (adds no power over withdrawals)");
  EXPECT_EQ(line(that_narrows(change)), "hold:           none (adds no power over withdrawals)");
}

// What people signed then is what their signatures are checked against now.
TEST(ApprovalText, OneOfAnEarlierBuildSaysNothingOfAHold) {
  PolicyChange change = of_an_earlier_build(a_policy_change());
  change.touches_approvers = true;
  EXPECT_EQ(approval_text(proposal_of(change), Decision::kApprove),
            golden("approvers_without_hold"));
}

TEST(ApprovalText, TheDocumentShowsIt) {
  EXPECT_NE(read("docs/formats/approval.md").find("```\n" + golden("withdraw") + "```\n"),
            std::string::npos);
}

TEST(ApprovalText, RejectDiffersInTheFirstLineOnly) {
  for (const auto& [name, proposal] : one_of_each()) {
    const std::string approve = approval_text(proposal, Decision::kApprove);
    const std::string reject = approval_text(proposal, Decision::kReject);
    EXPECT_TRUE(approve.starts_with("decision:       APPROVE\n"));
    EXPECT_TRUE(reject.starts_with("decision:       REJECT\n"));
    EXPECT_EQ(approve.substr(approve.find('\n')), reject.substr(reject.find('\n')));
  }
}

TEST(ApprovalText, EveryFactIsInIt) {
  std::vector<Proposal> others;
  const auto add = [&](auto change) {
    Withdrawal facts = a_withdrawal();
    Proposal proposal = proposal_of(facts);
    change(&facts, &proposal);
    if (std::get<Withdrawal>(proposal.facts) == a_withdrawal()) proposal.facts = facts;
    others.push_back(proposal);
  };
  using W = Withdrawal;
  using P = Proposal;
  add([](W*, P*) {});
  add([](W* w, P*) { w->account = "binance-main2"; });
  add([](W* w, P*) { w->exchange = "okx"; });
  add([](W* w, P*) { w->environment = "staging"; });
  add([](W* w, P*) { w->asset = "USDC"; });
  add([](W* w, P*) { w->amount = Decimal::parse("1500.250000000000000001").value(); });
  add([](W* w, P*) { w->amount = Decimal::parse("15002.5").value(); });
  add([](W* w, P*) { w->value.reset(); });
  add([](W* w, P*) { w->value->amount = Decimal(1500); });
  add([](W* w, P*) { w->value->currency = "EUR"; });
  add([](W* w, P*) { w->network = "ETH"; });
  add([](W* w, P*) { w->address += "x"; });
  add([](W* w, P*) { w->address_name = "c\xd0\xbeld-wallet"; });
  add([](W* w, P*) { w->address_name = ""; });
  add([](W* w, P*) { w->memo = "1"; });
  add([](W* w, P*) { w->memo = "(none)"; });
  add([](W* w, P*) { w->internal = true; });
  add([](W* w, P*) { w->fee_included = true; });
  add([](W* w, P*) { w->own_id = ""; });
  add([](W*, P* p) { p->realm = "keystile.example/desk2"; });
  add([](W*, P* p) { p->id += 1; });
  add([](W*, P* p) { p->asker.name = "payouts2"; });
  add([](W*, P* p) { p->asker.kind = Asker::Kind::kRule; });
  add([](W*, P* p) { p->asker = {Asker::Kind::kPerson, "payouts", kAliceKey}; });
  add([](W*, P* p) { p->created += Millis{1}; });
  add([](W*, P* p) { p->expires += Millis{1}; });
  add([](W*, P* p) { p->policy_version += 1; });
  add([](W*, P* p) { p->policy_hash[63] = 'f'; });
  for (const auto& [name, proposal] : one_of_each()) {
    if (name != "withdraw") others.push_back(proposal);
  }
  PolicyChange change = without_withdrawals(a_policy_change());
  others.push_back(proposal_of(change));
  change.hold = hours{72};
  others.push_back(proposal_of(change));
  change.hold = Millis{0};
  others.push_back(proposal_of(change));
  others.push_back(proposal_of(that_narrows(change)));
  std::set<std::string> texts;
  for (const Proposal& proposal : others) {
    texts.insert(approval_text(proposal, Decision::kApprove));
    texts.insert(approval_text(proposal, Decision::kReject));
  }
  EXPECT_EQ(texts.size(), others.size() * 2);
}

TEST(ApprovalText, ValuesCannotPassForFacts) {
  Withdrawal facts = a_withdrawal();
  facts.memo = "1\namount:         1";
  facts.own_id = std::string(60, 'x') + " amount: 1";
  const std::string text = withdrawal_text(facts);
  EXPECT_NE(text.find("memo:           1\\u{a}amount\\u{3a} \\u{20}"), text.npos) << text;
  EXPECT_NE(text.find(" amount\\u{3a} 1\n"), text.npos) << text;
  const std::string plain = withdrawal_text(a_withdrawal());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
            std::count(plain.begin(), plain.end(), '\n'));
}

TEST(ApprovalText, AmountsHaveOneSpelling) {
  Withdrawal one = a_withdrawal(), two = one;
  one.amount = Decimal::parse("1.0").value();
  two.amount = Decimal::parse("01.000").value_or(Decimal(1));
  EXPECT_EQ(withdrawal_text(one), withdrawal_text(two));
  EXPECT_NE(withdrawal_text(one).find("amount:         1\n"), std::string::npos);
}

TEST(ApprovalText, ANamespaceForEachAction) {
  std::set<std::string> names;
  for (const Action action : policy::kActions) names.insert(name_space(action));
  EXPECT_EQ(names.size(), policy::kActions.size());
  EXPECT_TRUE(names.contains("withdraw@keystile"));
}

TEST(Decision, RoundTrips) {
  for (const Decision decision : {Decision::kApprove, Decision::kReject}) {
    EXPECT_EQ(parse_decision(to_string(decision)), decision);
  }
  EXPECT_FALSE(parse_decision("APPROVE"));
}

}  // namespace
}  // namespace keystile::quorum
