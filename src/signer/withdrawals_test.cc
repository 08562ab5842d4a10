// Withdrawals by the exchange's own calls, on a real realm: what a program is answered, what is
// recorded, and that nothing leaves.
#include "signer/withdrawals.h"

#include "quorum/approvers_for_test.h"
#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

using quorum::KeyForTest;
using quorum::State;

constexpr std::string_view kPayerKey = "virtualKEYofPAY003",
                           kPayerSecret = "virtual-secret-of-payer-00000000003",
                           kPeerKey = "virtualKEYofPEE004";

const KeyForTest kAlice{"alice"}, kBob{"bob"}, kCarol{"carol"};

std::string approver_toml(const std::string& name, const KeyForTest& key) {
  return "[[approver]]\nname = \"" + name + "\"\ngroups = [\"treasury\"]\nkeys = [\"" +
         key.key().line() + "\"]\n";
}

std::string client_toml(const std::string& name, std::string_view key_id) {
  return "[[client]]\nname = \"" + name +
         "\"\naccount = \"main\"\nprofile = \"payouts\"\nkey_id = \"" + std::string(key_id) +
         "\"\nvault = \"client/" + name +
         "\"\nnetworks = [\"127.0.0.1\"]\nwithdraw_to = [\"cold\", \"new\"]\n"
         "max_withdrawal = \"800\"\ndaily_withdrawal = \"1000\"\n";
}

constexpr const char* kBook = R"(
[[address]]
name = "cold"
assets = ["USDT"]
network = "tron"
address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
hold = "0s"
[[address]]
name = "new"
assets = ["USDT"]
network = "tron"
address = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"
hold = "72h"
[[quorum]]
actions = ["policy", "approvers", "withdraw"]
approvals = { treasury = 2 }
hold = "0s"
)";

class WithdrawalsTest : public SignerTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    for (const auto& [name, key] : {std::pair("payer", kPayerKey), std::pair("peer", kPeerKey)}) {
      add_secret("test", std::string("client/") + name, key, crypto::KeyAlgorithm::kHmacSha256,
                 secret_of(kPayerSecret));
    }
    write(Layout(root_).policy() + "/payouts.toml",
          client_toml("payer", kPayerKey) + client_toml("peer", kPeerKey) + kBook +
              approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
              approver_toml("carol", kCarol));
    const auto adopted = realm_->adopt("genesis");
    ASSERT_TRUE(adopted) << adopted.error().message;
    start();
    pass(Millis{0});
  }

  void pass(Millis time) {
    clock_.advance(time);
    answer_errands();  // what the exchange's clock says counts the next time
    clock_.advance(std::chrono::seconds{2});
    answer_errands();
  }

  Inbound withdrawal(std::string_view amount, std::string_view own_id = "",
                     std::string_view key = kPayerKey,
                     std::string_view address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t") {
    clock_.advance(Millis{1});
    json::Value body = json::object({{"coin", "USDT"},
                                     {"chain", "TRX"},
                                     {"address", address},
                                     {"amount", amount},
                                     {"timestamp", epoch_ms(exchange_time())},
                                     {"accountType", "FUND"}});
    if (!own_id.empty()) body.set("requestId", own_id);
    return inbound("POST", "/v5/asset/withdraw/create", "", json::dump(body), key, kPayerSecret);
  }
  Inbound cancel(std::string_view id, std::string_view key = kPayerKey) {
    clock_.advance(Millis{1});
    return inbound("POST", "/v5/asset/withdraw/cancel", "", "{\"id\":\"" + std::string(id) + "\"}",
                   key, kPayerSecret);
  }
  Inbound history(std::string_view key = kPayerKey) {
    clock_.advance(Millis{1});
    return inbound("GET", "/v5/asset/withdraw/query-record", "coin=USDT", "", key, kPayerSecret);
  }

  // The withdrawal's id in the exchange's own answer; else the rule that refused it, or
  // "forwarded".
  std::string ask(Inbound request) {
    const Step step = signer_->begin(std::move(request));
    const Answer* answer = std::get_if<Answer>(&step);
    if (!answer) return "forwarded";
    if (const std::string* reason = find_header(answer->response.headers, "X-Keystile-Reason")) {
      return reason->substr(0, reason->find(';'));
    }
    const auto body = json::parse(answer->response.body);
    EXPECT_EQ(answer->response.status, 200);
    EXPECT_EQ(body->text("retCode"), "0") << answer->response.body;
    return std::string(body->find("result")->text("id"));
  }
  State state(const std::string& id) const {
    return realm_->proposals().find(std::stoull(id))->state;
  }

  // What the account has of USDT, as people are told it.
  std::string held() {
    const auto status = signer_->control(json::object({{"do", "status"}}));
    const json::Array& rows = *status->find("holdings")->if_array();
    EXPECT_EQ(rows.size(), 1u);
    const std::string free(rows.front().text("free"));
    EXPECT_EQ(free, rows.front().text("worth"));
    return free.empty() ? "unknown" : free;
  }

  // "id status" of each row that the program is shown; the exchange has one of its own.
  std::string shown(std::string_view key = kPayerKey) {
    Step step = signer_->begin(history(key));
    Forward* forward = std::get_if<Forward>(&step);
    EXPECT_TRUE(forward);
    if (!forward) return "";
    EXPECT_EQ(*find_header(forward->request.headers, "X-BAPI-API-KEY"), kReadKeyId);
    const HttpResponse merged = signer_->finish(
        forward->ticket,
        HttpResponse{
            200,
            {},
            R"({"retCode":0,"retMsg":"success","result":{"rows":[{"coin":"USDT","chain":"TRX","amount":"5",)"
            R"("txID":"","status":"success","toAddress":"T","tag":"","withdrawFee":"0","createTime":"1700000000000",)"
            R"("updateTime":"1700000000000","withdrawId":"77","withdrawType":0}],"nextPageCursor":""},)"
            R"("retExtInfo":{},"time":1})"});
    const auto body = json::parse(merged.body);
    std::string text;
    for (const json::Value& row : *body->find("result")->find("rows")->if_array()) {
      text += std::string(row.text("withdrawId")) + " " + std::string(row.text("status")) + "\n";
    }
    return text;
  }
};

TEST_F(WithdrawalsTest, OneThatIsAskedForIsAProposalAndNothingLeaves) {
  const std::string id = ask(withdrawal("600", "p-1"));
  ASSERT_EQ(state(id), State::kProposed);
  const quorum::Proposal& proposal = realm_->proposals().find(std::stoull(id))->proposal;
  const auto& facts = std::get<quorum::Withdrawal>(proposal.facts);
  EXPECT_EQ(facts.amount, Decimal(600));
  EXPECT_EQ(facts.address_name, "cold");
  EXPECT_EQ(facts.wallet, "FUND");
  EXPECT_EQ(facts.value, (quorum::Worth{Decimal(600), "USD"}));
  EXPECT_EQ(facts.own_id, "p-1");
  EXPECT_EQ(to_string(proposal.asker), "client payer");
  // On disk, behind the request that asked for it.
  EXPECT_EQ(realm_->ledger().durable(), realm_->ledger().size());
  const auto all = entries();
  ASSERT_GE(all.size(), 2u);
  EXPECT_EQ(all[all.size() - 2].text("type"), "request");
  EXPECT_EQ(all[all.size() - 2].text("client"), "payer");
  EXPECT_EQ(all.back().text("type"), "proposal.proposed");
  EXPECT_EQ(all.back().text("id"), id);
  EXPECT_EQ(
      measured("keystile_requests_total{environment=\"test\",exchange=\"bybit\",client=\"payer\","
               "scope=\"withdraw\",verdict=\"hold\",rule=\"grant.scope\"}"),
      "1");
}

TEST_F(WithdrawalsTest, AskedAgainItIsTheSameEvenBeyondTheLimitsAndAfterARestart) {
  const std::string id = ask(withdrawal("600", "p-1"));
  EXPECT_EQ(ask(withdrawal("600", "p-1")), id);
  restart();
  pass(Millis{0});
  EXPECT_EQ(ask(withdrawal("600", "p-1")), id);
  EXPECT_EQ(ask(withdrawal("600.00", "p-1")), id);
  EXPECT_EQ(ask(withdrawal("60", "p-1")), "withdrawal.own_id");
  EXPECT_EQ(ask(withdrawal("600", "p-1", kPayerKey, "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8")),
            "withdrawal.own_id");
  EXPECT_EQ(realm_->proposals().all().size(), 1u);
  // Another client's ids are its own; the account has no limit here.
  EXPECT_NE(ask(withdrawal("600", "p-1", kPeerKey)), id);
}

TEST_F(WithdrawalsTest, AskedAgainWithoutEndItFillsNoLedger) {
  const std::string id = ask(withdrawal("600", "p-1"));
  for (uint32_t i = 0; i < policy::kDefaultReadsPerSecond; ++i) {
    ASSERT_EQ(ask(withdrawal("600", "p-1")), id) << i;
  }
  EXPECT_EQ(ask(withdrawal("600", "p-1")), "grant.reads_per_second");
  pass(std::chrono::seconds{1});
  EXPECT_EQ(ask(withdrawal("600", "p-1")), id);
}

TEST_F(WithdrawalsTest, TheSameSignedBytesServeOnce) {
  const Inbound request = withdrawal("10");
  const std::string id = ask(request);
  EXPECT_EQ(state(id), State::kProposed);
  EXPECT_EQ(ask(request), "replay.used");
  restart();
  EXPECT_EQ(ask(request), "replay.used");
}

TEST_F(WithdrawalsTest, SeveralTogetherNeverPassALimit) {
  const std::string first = ask(withdrawal("600"));
  EXPECT_EQ(ask(withdrawal("400.01")), "grant.daily_withdrawal");
  EXPECT_EQ(state(ask(withdrawal("400"))), State::kProposed);
  EXPECT_EQ(ask(withdrawal("0.01")), "grant.daily_withdrawal");
  EXPECT_EQ(ask(withdrawal("900")), "grant.max_withdrawal");
  ask(cancel(first));
  EXPECT_EQ(state(first), State::kCancelled);
  restart();
  pass(Millis{0});
  EXPECT_EQ(ask(withdrawal("600.01")), "grant.daily_withdrawal");
  EXPECT_EQ(state(ask(withdrawal("600"))), State::kProposed);
}

TEST_F(WithdrawalsTest, SeveralTogetherNeverPassWhatTheAccountHas) {
  EXPECT_EQ(held(), "unknown");
  const Free free{{"FUND", "300"}, {"UNIFIED", "200"}};
  EXPECT_EQ(tell_balances(free), "UNIFIED ");  // one at a time
  EXPECT_EQ(held(), "unknown");
  ask_for_balances();
  EXPECT_EQ(tell_balances(free), "FUND ");
  EXPECT_EQ(held(), "500");
  const std::string first = ask(withdrawal("400", "p-1"));
  EXPECT_EQ(ask(withdrawal("100.01")), "account.balance");
  EXPECT_EQ(ask(withdrawal("100.01", "", kPeerKey)), "account.balance");
  EXPECT_EQ(ask(withdrawal("400", "p-1")), first);  // asked again it is no second one
  EXPECT_EQ(state(ask(withdrawal("100", "", kPeerKey))), State::kProposed);
  EXPECT_EQ(ask(withdrawal("0.01")), "account.balance");
  ask(cancel(first));
  EXPECT_EQ(state(ask(withdrawal("400"))), State::kProposed);
}

TEST_F(WithdrawalsTest, ABalanceThatIsOldOrCannotBeReadIsInNobodysWay) {
  for (int i = 0; i < 2; ++i) {
    tell_balances({{"FUND", "1"}, {"UNIFIED", "1"}});
    ask_for_balances();
  }
  EXPECT_EQ(ask(withdrawal("10")), "account.balance");
  ask_for_balances(Holdings::kEvery);
  EXPECT_NE(tell_balances({}), "");  // a failure
  EXPECT_EQ(ask(withdrawal("10")), "account.balance");
  ask_for_balances(Holdings::kFresh);
  EXPECT_EQ(held(), "unknown");
  EXPECT_EQ(state(ask(withdrawal("10"))), State::kProposed);
}

TEST_F(WithdrawalsTest, OnlyItsOwnThatWaitsCanBeTakenBack) {
  const std::string id = ask(withdrawal("600"));
  EXPECT_EQ(ask(cancel(id, kPeerKey)), "withdrawal.not_own");
  EXPECT_EQ(ask(cancel("77")), "withdrawal.not_own");
  EXPECT_EQ(state(id), State::kProposed);
  EXPECT_EQ(ask(cancel(id)), "");
  EXPECT_EQ(state(id), State::kCancelled);
  EXPECT_EQ(ask(cancel(id)), "withdrawal.not_waiting");
}

TEST_F(WithdrawalsTest, TheHistoryShowsThemAmongTheExchangesOwn) {
  EXPECT_EQ(shown(), "77 success\n");
  const std::string id = ask(withdrawal("600"));
  EXPECT_EQ(shown(), id + " SecurityCheck\n77 success\n");
  EXPECT_EQ(shown(kPeerKey), "77 success\n");
  ask(cancel(id));
  EXPECT_EQ(shown(), id + " CancelByUser\n77 success\n");
}

TEST_F(WithdrawalsTest, ANewAddressWaitsByTheExchangesClockToo) {
  constexpr std::string_view kNew = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8";
  EXPECT_EQ(ask(withdrawal("1", "", kPayerKey, kNew)), "address.hold");
  behind_ += std::chrono::hours{80};  // somebody sets this machine's clock forward
  pass(std::chrono::hours{80});
  EXPECT_EQ(ask(withdrawal("1", "", kPayerKey, kNew)), "address.hold");
  restart();
  pass(std::chrono::hours{71});
  EXPECT_EQ(ask(withdrawal("1", "", kPayerKey, kNew)), "address.hold");
  pass(std::chrono::hours{1});
  EXPECT_EQ(state(ask(withdrawal("1", "", kPayerKey, kNew))), State::kProposed);
}

TEST_F(WithdrawalsTest, WhoMayNotAskIsToldSo) {
  clock_.advance(Millis{1});
  Inbound request = withdrawal("1");
  request = inbound("POST", "/v5/asset/withdraw/create", "", request.request.body);
  EXPECT_EQ(ask(std::move(request)), "grant.scope");
  EXPECT_EQ(ask(withdrawal("1", "", kPayerKey, "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf")),
            "grant.withdraw_to");
  EXPECT_TRUE(realm_->proposals().all().empty());
}

}  // namespace
}  // namespace keystile::signer
