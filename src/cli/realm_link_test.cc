#include "cli/realm_link.h"

#include <gtest/gtest.h>

#include "base/temp_folder_for_test.h"
#include "cli/init_approvers.h"
#include "cli/shown_proposal.h"
#include "policy/loader.h"
#include "quorum/approvers_for_test.h"
#include "quorum/proposals_for_test.h"
#include "signer/layout.h"

namespace keystile::cli {
namespace {

TEST(RealmUrl, HostThenTheRealmsName) {
  const auto url = parse_realm_url("https://keystile.example:8450/keystile/desk");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->origin, "https://keystile.example:8450");
  EXPECT_EQ(url->realm, "keystile/desk");
  for (const char* bad : {"http://keystile.example/keystile/desk", "https://keystile.example",
                          "https://keystile.example/", "https:///keystile/desk", "ftp://x/y"}) {
    EXPECT_EQ(parse_realm_url(bad).error().code, "realm.url") << bad;
  }
  EXPECT_FALSE(is_url("/srv/keystile"));
}

json::Value row_of(const quorum::Proposal& proposal) {
  return json::object({{"state", "proposed"}, {"proposal", to_json(proposal)}});
}

TEST(ShownProposal, AnotherRealmsIsNotShown) {
  const quorum::Proposal proposal = quorum::proposal_of(quorum::a_withdrawal());
  EXPECT_TRUE(read_shown(row_of(proposal), proposal.realm));
  EXPECT_EQ(read_shown(row_of(proposal), "keystile.example/other").error().code, "proposal.other");
  EXPECT_FALSE(read_shown(json::object({{"state", "proposed"}}), proposal.realm));
  EXPECT_FALSE(read_shown(json::Value("x"), proposal.realm));
}

TEST(ShownProposal, TheSummaryHidesNothing) {
  const auto summary = [](quorum::Facts facts) {
    return summary_of(quorum::proposal_of(std::move(facts)));
  };
  EXPECT_EQ(summary(quorum::a_withdrawal()),
            "withdraw 1500.25 USDT from binance-main to cold-wallet");
  EXPECT_EQ(summary(quorum::a_transfer()),
            "transfer 0.5 BTC of okx-main from trading to funding of storage-1");
  EXPECT_EQ(
      summary(quorum::a_policy_change()),
      "policy version 8, 2 changes, allows more than before, hold 72 h once approved (may add "
      "power over withdrawals)");
  quorum::Withdrawal steering = quorum::a_withdrawal();
  steering.address_name = "cold\x1b[2K-w\xd0\xb0llet";
  EXPECT_EQ(summary(steering),
            "withdraw 1500.25 USDT from binance-main to "
            "cold\\u{1b}[2K-w\\u{430}llet");
}

TEST(ShownProposal, IdsAreNumbersThatExchangesCanHave) {
  EXPECT_EQ(parse_proposal_id("1795242600123").value(), 1795242600123u);
  for (const char* bad : {"", "0", "x", "-1", "1e3", "9007199254740992"}) {
    EXPECT_EQ(parse_proposal_id(bad).error().code, "proposal.id") << bad;
  }
}

class GenesisTest : public testing::Test {
 protected:
  GenesisTest() {
    for (const char* name : {"alice", "bob", "carol"}) {
      const std::string line = quorum::KeyForTest(name).key().line() + " a comment\n";
      EXPECT_TRUE(signer::write_file(file(name) + ".pub", line, 0600));
    }
    EXPECT_TRUE(signer::write_file(file("alice"), "PRIVATE", 0600));
  }
  std::string file(const std::string& name) const { return folder_ / name; }
  static std::string code(const Genesis& genesis) {
    const auto text = approvers_toml(genesis);
    return text ? "" : text.error().code;
  }

  TempFolder folder_;
  // By either half's file.
  Genesis genesis_{
      {"alice=" + file("alice"), "bob=" + file("bob.pub"), "carol=" + file("carol")}, 2, "24h"};
};

TEST_F(GenesisTest, PutsThreeOfWhomTwoDecide) {
  const auto text = approvers_toml(genesis_);
  ASSERT_TRUE(text) << text.error().message;
  const policy::Loaded loaded =
      policy::load({{{"approvers.toml", *text}, {"realm.toml", "[realm]\nname = \"x\"\n"}}});
  EXPECT_TRUE(loaded.ok());
  const policy::Policy& policy = loaded.policy;
  ASSERT_EQ(policy.approvers.size(), 3u);
  EXPECT_EQ(policy.approvers[0].keys[0], quorum::KeyForTest("alice").key());
  for (const policy::Quorum& quorum : policy.quorums) {
    EXPECT_EQ(quorum.tiers[0].rule.people(), 2u) << to_string(quorum.action);
    const bool of_power = quorum.action != policy::Action::kWithdraw;
    EXPECT_EQ(quorum.tiers[0].rule.hold, std::chrono::hours{of_power ? 24 : 0});
  }
}

TEST_F(GenesisTest, RefusedBeforeAnythingIsMade) {
  const auto changed = [&](auto change) {
    Genesis genesis = genesis_;
    change(genesis);
    return code(genesis);
  };
  EXPECT_EQ(changed([](Genesis& g) { g.threshold = 1; }), "init.approver");
  EXPECT_EQ(changed([](Genesis& g) { g.threshold = 4; }), "init.approver");
  EXPECT_EQ(changed([](Genesis& g) { g.hold = "soon"; }), "init.approver");
  EXPECT_EQ(changed([](Genesis& g) { g.approvers.resize(1); }), "init.approver");
  EXPECT_EQ(changed([](Genesis& g) { g.approvers[0] = "alice"; }), "init.approver");
  EXPECT_EQ(changed([&](Genesis& g) { g.approvers[0] = "alice=" + file("nobody"); }), "ssh.no_key");
  EXPECT_EQ(changed([&](Genesis& g) { g.approvers[0] = "alice=" + file("bob"); }), "init.approver");
  // Two keys of one person are one person.
  EXPECT_EQ(changed([&](Genesis& g) {
              g.approvers = {"a=" + file("alice"), "a=" + file("bob")};
            }),
            "init.approver");
}

}  // namespace
}  // namespace keystile::cli
