// Withdrawals that people ask for, on a real realm.
#include "signer/direct_withdrawal.h"

#include "quorum/approvers_for_test.h"
#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

using quorum::Decision;
using quorum::KeyForTest;

const KeyForTest kAlice{"alice"}, kBob{"bob"}, kCarol{"carol"}, kMallory{"mallory"};

constexpr const char* kBook = R"(
[[address]]
name = "cold"
assets = ["USDT"]
network = "tron"
address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
hold = "0s"
daily_withdrawal = "1000"
[[address]]
name = "new"
assets = ["USDT"]
network = "tron"
address = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"
hold = "72h"
[[address]]
name = "btc"
assets = ["BTC"]
network = "bitcoin"
address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
hold = "0s"
[[quorum]]
actions = ["policy", "approvers", "withdraw"]
approvals = { treasury = 2 }
hold = "0s"
)";

std::string approver_toml(const std::string& name, const KeyForTest& key) {
  return "[[approver]]\nname = \"" + name + "\"\ngroups = [\"treasury\"]\nkeys = [\"" +
         key.key().line() + "\"]\n";
}

class DirectWithdrawalTest : public SignerTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    std::string desk = kPolicy;
    desk.insert(desk.find("\n[[client]]"),
                "[[account.key]]\nrole = \"withdraw\"\nvault = \"key/main/withdraw\"\n");
    write(Layout(root_).policy() + "/desk.toml", desk);
    write(Layout(root_).policy() + "/people.toml", kBook + approver_toml("alice", kAlice) +
                                                       approver_toml("bob", kBob) +
                                                       approver_toml("carol", kCarol));
    const auto adopted = realm_->adopt("genesis");
    ASSERT_TRUE(adopted) << adopted.error().message;
    start();
    for (int i = 0; i < 2; ++i) {
      clock_.advance(std::chrono::seconds{2});
      answer_errands();
    }
  }

  static json::Value wanted(const char* amount, const char* to = "cold", const char* own_id = "",
                            const char* asset = "USDT", const char* account = "main") {
    json::Value command = json::object({{"do", "withdraw"},
                                        {"account", account},
                                        {"asset", asset},
                                        {"amount", amount},
                                        {"to", to}});
    if (*own_id) command.set("own_id", own_id);
    return command;
  }

  Result<json::Value> ask(const json::Value& command, const KeyForTest& key = kAlice) {
    clock_.advance(Millis{1});
    const std::string body = body_of(command, realm_->settings().ledger_origin, clock_.wall());
    return signer_->control(signed_command(body, key.sign(kRequestNamespace, body).armored()));
  }
  // The proposal's id, or the refusal's code.
  std::string asked(const json::Value& command, const KeyForTest& key = kAlice) {
    const auto done = ask(command, key);
    return done ? std::string(done->text("id")) : done.error().code;
  }
  std::string sign(const std::string& id, const KeyForTest& key) {
    const quorum::Proposal& proposal =
        realm_->proposals().find(parse_uint64(id).value_or(0))->proposal;
    const auto done =
        signer_->control(json::object({{"do", "proposal.sign"},
                                       {"id", id},
                                       {"decision", "approve"},
                                       {"signature", key.sign(proposal).signature.armored()}}));
    return done ? std::string(done->text("state")) : done.error().code;
  }
};

TEST_F(DirectWithdrawalTest, OthersDecideOnWhatAPersonAsksFor) {
  const auto row = ask(wanted("100"));
  ASSERT_TRUE(row) << row.error().message;
  const json::Value& facts = *row->find("proposal");
  EXPECT_EQ(facts.text("address"), "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t");
  EXPECT_EQ(facts.text("asked_by"), "person alice " + kAlice.key().fingerprint());
  EXPECT_EQ(facts.text("amount"), "100");
  const std::string id(row->text("id"));
  EXPECT_EQ(sign(id, kAlice), "tally.asker");
  EXPECT_EQ(sign(id, kBob), "proposed");
  EXPECT_EQ(sign(id, kCarol), "approved");
}

TEST_F(DirectWithdrawalTest, OnlyToTheAddressBookAndByItsRules) {
  EXPECT_EQ(asked(wanted("100", "elsewhere")), "withdraw.address");
  EXPECT_EQ(asked(wanted("100", "new")), "address.hold");
  EXPECT_EQ(asked(wanted("100", "cold", "", "USDT", "other")), "withdraw.account");
  EXPECT_NE(asked(wanted("100", "btc")).find('.'), std::string::npos) << "it is not for USDT";
  EXPECT_EQ(asked(wanted("100"), kMallory), "signed.key");
  EXPECT_TRUE(realm_->proposals().all().empty());
}

TEST_F(DirectWithdrawalTest, TogetherTheyPassNoLimit) {
  const std::string first = asked(wanted("600"));
  EXPECT_TRUE(parse_uint64(first)) << first;
  EXPECT_EQ(asked(wanted("401"), kBob), "address.daily_withdrawal");
  EXPECT_TRUE(parse_uint64(asked(wanted("400"), kBob)));
}

TEST_F(DirectWithdrawalTest, TogetherTheyAreNoMoreThanTheAccountHas) {
  for (int i = 0; i < 5; ++i) {  // each asset in each wallet
    clock_.advance(std::chrono::seconds{10});
    answer_errands();
    for (const Errand& errand : std::exchange(seen_errands_, {})) {
      const std::string coin = errand.request.query.substr(errand.request.query.find("coin=") + 5);
      signer_->errand_done(errand.id, balance(coin, "60", coin == "BTC" ? "0" : "50"));
    }
  }
  EXPECT_TRUE(parse_uint64(asked(wanted("99"))));
  EXPECT_EQ(asked(wanted("2"), kBob), "account.balance");
  EXPECT_EQ(asked(wanted("0.001", "btc", "", "BTC")), "account.balance");
  EXPECT_TRUE(parse_uint64(asked(wanted("1"), kBob)));
}

TEST_F(DirectWithdrawalTest, AskedAgainItIsTheSame) {
  const std::string first = asked(wanted("100", "cold", "june"));
  ASSERT_TRUE(parse_uint64(first)) << first;
  EXPECT_EQ(asked(wanted("100", "cold", "june")), first);
  EXPECT_EQ(asked(wanted("101", "cold", "june")), "proposal.own_id");
  EXPECT_NE(asked(wanted("100", "cold", "june"), kBob), first) << "another person's id";
}

TEST_F(DirectWithdrawalTest, ReadStrictly) {
  for (const char* amount : {"", "0", "-1", "1e3", "+1", "1,000", "01", "1.0", " 1", "x"}) {
    EXPECT_EQ(asked(wanted(amount)), "control.argument") << amount;
  }
  json::Value more = wanted("1");
  more.set("address", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8");
  EXPECT_EQ(asked(more), "control.argument");
  json::Value number = json::object({{"do", "withdraw"}, {"amount", 1}});
  EXPECT_EQ(asked(number), "control.argument");
}

}  // namespace
}  // namespace keystile::signer
