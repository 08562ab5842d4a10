// Working balances and persons' transfers between own accounts, on a real realm: what is proposed,
// when, and that nothing but the question for the balance leaves.
#include "signer/working_balances.h"

#include "policy/world_for_test.h"
#include "quorum/approvers_for_test.h"
#include "signer/direct_transfer.h"
#include "signer/signed_command.h"
#include "signer/signer_for_test.h"
#include "signer/transfers.h"

namespace keystile::signer {
namespace {

using quorum::Decision;
using quorum::KeyForTest;
using quorum::State;
using std::chrono::hours;
using std::chrono::seconds;

const KeyForTest kAlice{"alice"}, kBob{"bob"}, kCarol{"carol"};

constexpr const char* kMore = R"(
[[account]]
name = "vault"
exchange = "bybit"
environment = "test"
kind = "storage"
known_as = "1002"
[[account.key]]
role = "transfer"
vault = "key/vault/transfer"
[[quorum]]
actions = ["policy", "approvers", "transfer"]
approvals = { treasury = 2 }
hold = "0s"
[[working_balance]]
name = "main-usdt"
account = "main"
wallet = "UNIFIED"
asset = "USDT"
storage = "vault"
storage_wallet = "FUND"
moved_by = "vault"
ceiling = "5000"
floor = "1000"
target = "3000"
every = "10s"
)";

std::string approver_toml(const std::string& name, const KeyForTest& key) {
  return "[[approver]]\nname = \"" + name + "\"\ngroups = [\"treasury\"]\nkeys = [\"" +
         key.key().line() + "\"]\n";
}

class WorkingBalancesTest : public SignerTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    adopt(rules());
  }

  virtual std::string rules() const { return kMore; }
  virtual std::string desk() const {
    std::string desk = kPolicy;
    return desk.insert(desk.find("kind = \"trading\"\n"), "known_as = \"1001\"\n");
  }

  void adopt(const std::string& more) {
    write(Layout(root_).policy() + "/desk.toml", desk());
    write(Layout(root_).policy() + "/more.toml", more + approver_toml("alice", kAlice) +
                                                     approver_toml("bob", kBob) +
                                                     approver_toml("carol", kCarol));
    const auto adopted = realm_->adopt("genesis");
    ASSERT_TRUE(adopted) << adopted.error().message;
    start();
    clock_.advance(seconds{2});
    answer_errands();
  }

  void ask() {
    clock_.advance(seconds{10});
    answer_errands();
  }
  // The exchange's answer to one question for the balance.
  void tell(const std::string& total, const std::string& free) {
    int asked = 0;
    for (const Errand& errand : std::exchange(seen_errands_, {})) {
      if (errand.request.path != "/v5/asset/transfer/query-account-coin-balance") continue;
      ++asked;
      EXPECT_EQ(errand.request.query, "accountType=UNIFIED&coin=USDT");
      EXPECT_EQ(*find_header(errand.request.headers, "X-BAPI-API-KEY"), kReadKeyId);
      signer_->errand_done(errand.id, balance("USDT", total, free));
    }
    EXPECT_EQ(asked, 1);
  }
  void read(const std::string& total) {
    ask();
    tell(total, total);
  }

  const quorum::Case& last() { return realm_->proposals().all().rbegin()->second; }
  size_t count() { return realm_->proposals().all().size(); }
  void sign(const KeyForTest& key, Decision decision = Decision::kApprove) {
    const auto done = signer_->control(
        json::object({{"do", "proposal.sign"},
                      {"id", last().proposal.id},
                      {"decision", to_string(decision)},
                      {"signature", key.sign(last().proposal, decision).signature.armored()}}));
    EXPECT_TRUE(done) << done.error().message;
  }
  void done() {
    sign(kAlice);
    sign(kBob);
    const uint64_t id = last().proposal.id;
    const quorum::Clocks clocks{clock_.wall(), {{"test/bybit", clock_.wall()}}};
    ASSERT_TRUE(realm_->record(quorum::Step{id, State::kExecuting, "", clocks}));
    ASSERT_TRUE(realm_->record(quorum::Step{id, State::kDone, "", std::nullopt}));
  }
};

TEST_F(WorkingBalancesTest, AboveTheCeilingASweepIsProposed) {
  read("5000");
  EXPECT_EQ(count(), 0u);
  read("5000.5");
  ASSERT_EQ(count(), 1u);
  const auto& facts = std::get<quorum::Transfer>(last().proposal.facts);
  EXPECT_EQ(facts.account, "vault");
  EXPECT_EQ(facts.amount, Decimal::parse("2000.5").value());
  EXPECT_EQ(facts.value->amount, facts.amount);
  EXPECT_EQ(facts.from + " of " + facts.from_account, "UNIFIED of 1001");
  EXPECT_EQ(facts.to + " of " + facts.to_account, "FUND of 1002");
  EXPECT_EQ(facts.own_id.size(), 36u) << "Bybit takes it as the transfer's id";
  EXPECT_EQ(to_string(last().proposal.asker), "rule main-usdt");
  EXPECT_EQ(last().state, State::kProposed);
}

TEST_F(WorkingBalancesTest, WhatOthersWillTakeIsNotSwept) {
  const policy::MarketForTest market;
  const auto propose = [&](const char* amount, const char* own_id) {
    const exchanges::Transfer other{
        "USDT", Decimal::parse(amount).value(), "UNIFIED", "FUND", "1001", "1002", own_id, true};
    return propose_between(*realm_, {quorum::Asker::Kind::kPerson, "alice", "SHA256:x"},
                           *realm_->policy().account("vault"), other, market, clock_.wall(),
                           clock_.mono());
  };
  const auto all = propose("5000.5", "00000000-0000-4000-8000-000000000001");
  ASSERT_TRUE(all) << all.error().message;
  read("5000.5");
  EXPECT_EQ(count(), 1u);
  ASSERT_TRUE(realm_->record(quorum::Step{*all, State::kCancelled, "", std::nullopt}));
  ASSERT_TRUE(propose("3000.01", "00000000-0000-4000-8000-000000000002"));
  read("5000.5");
  ASSERT_EQ(count(), 3u) << "who asks for a part does not stop the sweep of the rest";
  EXPECT_EQ(std::get<quorum::Transfer>(last().proposal.facts).amount,
            Decimal::parse("2000.49").value());
}

TEST_F(WorkingBalancesTest, BelowTheFloorATopUpIsAskedFor) {
  read("999");
  const auto& facts = std::get<quorum::Transfer>(last().proposal.facts);
  EXPECT_EQ(facts.amount, Decimal(2001));
  EXPECT_EQ(facts.from + " of " + facts.from_account, "FUND of 1002");
  EXPECT_EQ(facts.to + " of " + facts.to_account, "UNIFIED of 1001");
}

TEST_F(WorkingBalancesTest, NeverTwiceWhileOneIsOpenNorAfterARestart) {
  read("9000");
  read("9500");
  read("10");  // nor the other way
  EXPECT_EQ(count(), 1u);
  restart();
  clock_.advance(seconds{2});
  answer_errands();
  seen_errands_.clear();
  read("9500");
  EXPECT_EQ(count(), 1u);
}

TEST_F(WorkingBalancesTest, AfterItIsDoneTheBalanceIsReadAnew) {
  read("9000");
  ask();
  done();
  tell("9000", "9000");  // as it was before
  EXPECT_EQ(count(), 1u);
  read("9000");
  EXPECT_EQ(count(), 2u);
}

TEST_F(WorkingBalancesTest, WhatPeopleDoNotWantIsNotAskedAgainThatDay) {
  read("9000");
  sign(kCarol, Decision::kReject);
  EXPECT_EQ(last().state, State::kRejected);
  clock_.advance(hours{23});
  read("9000");
  EXPECT_EQ(count(), 1u);
  clock_.advance(hours{1});
  read("9000");
  EXPECT_EQ(count(), 2u);
}

TEST_F(WorkingBalancesTest, OnlyWhatIsFreeIsSwept) {
  ask();
  tell("9000", "12.5");
  EXPECT_EQ(std::get<quorum::Transfer>(last().proposal.facts).amount,
            Decimal::parse("12.5").value());
}

TEST_F(WorkingBalancesTest, AnAnswerThatTellsNoBalanceMovesNothing) {
  ask();
  for (const Errand& errand : std::exchange(seen_errands_, {})) {
    signer_->errand_done(errand.id, HttpResponse{200, {}, R"({"retCode":10003,"retMsg":"x"})"});
  }
  EXPECT_EQ(count(), 0u);
  const json::Value row = signer_->control(json::object({{"do", "status"}}))
                              ->find("working_balances")
                              ->if_array()
                              ->at(0);
  EXPECT_EQ(row.text("rule"), "main-usdt");
  EXPECT_NE(row.text("trouble"), "");
}

// The same name may then be of another account.
TEST_F(WorkingBalancesTest, AnAnswerOfBeforeAChangeOfPolicyIsNotRead) {
  ask();
  std::string narrower = desk();
  narrower.insert(narrower.find("name = \"other\""), "revoked = true\n");
  write(Layout(root_).policy() + "/desk.toml", narrower);
  const auto adopted = signer_->control(json::object({{"do", "adopt"}, {"by", "operator"}}));
  ASSERT_TRUE(adopted) << adopted.error().message;
  tell("9000", "9000");
  EXPECT_EQ(count(), 0u);
  answer_errands();
  tell("9000", "9000");
  EXPECT_EQ(count(), 1u);
}

class PacedBalanceTest : public WorkingBalancesTest {
 protected:
  std::string desk() const override {
    std::string desk = WorkingBalancesTest::desk();
    const std::string raised = "rate_limit_percent = 1000";
    return desk.replace(desk.find(raised), raised.size(), "rate_limit_percent = 100");
  }
};

// A tenth of each rate limit is kept for cancels and the like; a balance can wait.
TEST_F(PacedBalanceTest, TheReserveOfARateLimitIsNotForBalances) {
  clock_.advance(seconds{10});
  Step step = signer_->begin(inbound("GET", "/v5/asset/transfer/query-account-coin-balance",
                                     "accountType=UNIFIED&coin=USDT", ""));
  Forward* forward = std::get_if<Forward>(&step);
  ASSERT_TRUE(forward);
  const Headers used{{"X-Bapi-Limit", "450"}, {"X-Bapi-Limit-Status", "21"}};
  (void)signer_->finish(forward->ticket, HttpResponse{200, used, "{}"});
  answer_errands();
  EXPECT_TRUE(seen_errands_.empty());
  ask();
  tell("9000", "9000");
  EXPECT_EQ(count(), 1u);
}

class LowBalanceTest : public WorkingBalancesTest {
 protected:
  std::string rules() const override {
    std::string told = kMore;
    const std::string ceiling = "ceiling = \"5000\"";
    return told.replace(told.find(ceiling), ceiling.size(), "top_up = \"notice\"");
  }
  auto told() {
    const auto all = entries();
    return std::count_if(all.begin(), all.end(), [](const json::Value& entry) {
      return entry.text("type") == "balance.low" && entry.text("balance") == "400" &&
             entry.text("rule") == "main-usdt" && entry.text("realm") == "keystile/desk";
    });
  }
};

TEST_F(LowBalanceTest, WhereNothingMayBeProposedPeopleAreToldOnceADay) {
  read("400");
  read("400");
  EXPECT_EQ(told(), 1);
  clock_.advance(hours{24});
  read("400");
  EXPECT_EQ(told(), 2);
  read("1000");
  read("400");
  EXPECT_EQ(told(), 3) << "it has not been low all the time";
  EXPECT_EQ(count(), 0u);
}

// --- keystile transfer --------------------------------------------------------------------------

class DirectTransferTest : public WorkingBalancesTest {
 protected:
  static json::Value wanted(const char* from, const char* to, const char* amount = "100",
                            const char* by = "", const char* own_id = "") {
    json::Value command = json::object(
        {{"do", "transfer"}, {"from", from}, {"to", to}, {"asset", "USDT"}, {"amount", amount}});
    if (*by) command.set("moved_by", by);
    if (*own_id) command.set("own_id", own_id);
    return command;
  }
  // The proposal's id, or the refusal's code.
  std::string asked(const json::Value& command, const KeyForTest& key = kAlice) {
    clock_.advance(Millis{1});
    const std::string body = body_of(command, realm_->settings().ledger_origin, clock_.wall());
    const auto done =
        signer_->control(signed_command(body, key.sign(kRequestNamespace, body).armored()));
    return done ? std::string(done->text("id")) : done.error().code;
  }
};

TEST_F(DirectTransferTest, OthersDecideOnWhatAPersonAsksFor) {
  ASSERT_TRUE(parse_uint64(asked(wanted("vault:FUND", "main:UNIFIED"))));
  const auto& facts = std::get<quorum::Transfer>(last().proposal.facts);
  EXPECT_EQ(facts.account, "vault") << "which alone has a transfer key";
  EXPECT_EQ(facts.from + " of " + facts.from_account, "FUND of 1002");
  EXPECT_EQ(facts.to + " of " + facts.to_account, "UNIFIED of 1001");
  EXPECT_EQ(to_string(last().proposal.asker), "person alice " + kAlice.key().fingerprint());
  sign(kBob);
  EXPECT_EQ(last().state, State::kProposed);
  sign(kCarol);
  EXPECT_EQ(last().state, State::kApproved);
}

TEST_F(DirectTransferTest, OnlyBetweenAccountsOfThePolicy) {
  EXPECT_EQ(asked(wanted("vault:FUND", "mallory:FUND")), "transfer.account");
  EXPECT_EQ(asked(wanted("vault", "main:UNIFIED")), "transfer.account");
  EXPECT_EQ(asked(wanted("vault:", "main:UNIFIED")), "transfer.account");
  EXPECT_EQ(asked(wanted("vault:FUND", "vault:FUND")), "transfer.account");
  EXPECT_EQ(asked(wanted("vault:FUND", "main:UNIFIED", "100", "main")), "transfer.account")
      << "it has no transfer key";
  EXPECT_EQ(asked(wanted("vault:FUND", "main:UNIFIED"), KeyForTest{"mallory"}), "signed.key");
  EXPECT_EQ(count(), 0u);
  EXPECT_TRUE(parse_uint64(asked(wanted("vault:FUND", "vault:UNIFIED"))));
}

// OKX has two wallets, and we would write any other as one of them.
TEST_F(DirectTransferTest, WhatTheExchangeWouldReadAsAnotherIsNotPutBeforePeople) {
  policy::Account account;
  account.name = "main";
  account.exchange = "okx";
  account.environment = "test";
  const policy::MarketForTest market;
  const auto propose = [&](const char* to) {
    const exchanges::Transfer wanted{"USDT", Decimal(100), "funding", to, "", "", "", false};
    const auto id = propose_between(*realm_, {quorum::Asker::Kind::kPerson, "alice", "SHA256:x"},
                                    account, wanted, market, clock_.wall(), clock_.mono());
    return id ? "" : id.error().code;
  };
  EXPECT_EQ(propose("FUND"), "transfer.unsupported");
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(propose("trading"), "");
}

// One stolen key must not bury the others in what they have to reject.
TEST_F(DirectTransferTest, NobodyAsksWithoutEnd) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(parse_uint64(asked(wanted("vault:FUND", "main:UNIFIED")))) << i;
  }
  EXPECT_EQ(asked(wanted("vault:FUND", "main:UNIFIED")), "proposal.busy");
  EXPECT_TRUE(parse_uint64(asked(wanted("vault:FUND", "main:UNIFIED"), kBob)));
  clock_.advance(hours{24});
  EXPECT_TRUE(parse_uint64(asked(wanted("vault:FUND", "main:UNIFIED"))));
}

TEST_F(DirectTransferTest, AskedAgainItIsTheSame) {
  const char* id = "00000000-0000-4000-8000-000000000001";
  const std::string first = asked(wanted("vault:FUND", "main:UNIFIED", "100", "", id));
  ASSERT_TRUE(parse_uint64(first)) << first;
  EXPECT_EQ(asked(wanted("vault:FUND", "main:UNIFIED", "100", "", id)), first);
  EXPECT_EQ(asked(wanted("vault:FUND", "main:UNIFIED", "101", "", id)), "proposal.own_id");
  EXPECT_EQ(asked(wanted("vault:FUND", "main:UNIFIED", "100", "", "june")), "transfer.unsupported");
}

TEST_F(DirectTransferTest, ReadStrictly) {
  for (const char* amount : {"", "0", "-1", "1e3", "+1", "1,000", "01", "1.0", " 1", "x"}) {
    EXPECT_EQ(asked(wanted("vault:FUND", "main:UNIFIED", amount)), "control.argument") << amount;
  }
  json::Value more = wanted("vault:FUND", "main:UNIFIED");
  more.set("to_account", "1003");
  EXPECT_EQ(asked(more), "control.argument");
}

}  // namespace
}  // namespace keystile::signer
