#include "exchanges/withdrawals.h"

#include <gtest/gtest.h>

#include "exchanges/okx/okx_test_support.h"
#include "exchanges/withdrawals_for_test.h"

namespace keystile::exchanges::okx {
namespace {

constexpr std::string_view kPath = "/api/v5/asset/withdrawal-history";

// The answer of the document's section "Get withdrawal history".
constexpr std::string_view kDocumented = R"({"code":"0","data":[{"note":"","chain":"ETH-Ethereum",
  "fee":"0.007","feeCcy":"ETH","ccy":"ETH","clientId":"","toAddrType":"1","amt":"0.029809",
  "txId":"0x35c******b360a174d","from":"156****359","areaCodeFrom":"86",
  "to":"0xa30d1fab********7CF18C7B6C579","areaCodeTo":"","state":"2","ts":"1655251200000",
  "nonTradableAsset":false,"wdId":"15447421"}],"msg":""})";

const Withdrawals& okx() { return withdrawals_of(exchange()); }

ProposedWithdrawal waiting() {
  return proposed("XRP", "XRP-Ripple", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh");
}

HistoryQuestion ask(std::string_view query, std::vector<ProposedWithdrawal> known) {
  return okx()
      .read_question(request_to("GET", std::string(kPath) + std::string(query)), known)
      .value();
}

std::string rows(const HistoryQuestion& question, std::string_view upstream = kDocumented) {
  const HttpResponse answer = answered(std::string(upstream));
  const auto merged = okx().history_answer(question, question.upstream ? &answer : nullptr, kAsked);
  return shown(*json::parse(merged.body).value().find("data"), "wdId", "state");
}

constexpr std::string_view kEmpty = R"({"code":"0","data":[],"msg":""})";

TEST(OkxWithdrawals, AProgramIsAnsweredWithTheProposalsId) {
  EXPECT_EQ(okx().asked_answer(waiting(), kAsked).body,
            R"({"code":"0","data":[{"amt":"5","wdId":"9007199254740001","ccy":"XRP",)"
            R"("clientId":"payout1","chain":"XRP-Ripple"}],"msg":""})");
  EXPECT_EQ(okx().cancelled_answer(kProposal, kAsked).body,
            R"({"code":"0","data":[{"wdId":"9007199254740001"}],"msg":""})");
  EXPECT_EQ(okx().read_cancel(post("/api/v5/asset/cancel-withdrawal", R"({"wdId":"7"})")).value(),
            "7");
  EXPECT_FALSE(okx().read_cancel(post("/api/v5/asset/cancel-withdrawal", "{}")));
}

TEST(OkxWithdrawals, TheHistoryShowsAProposalInManualReview) {
  ProposedWithdrawal tagged = waiting();
  tagged.asked.tag = "101";
  const HttpResponse upstream = answered(std::string(kEmpty));
  EXPECT_EQ(okx().history_answer(ask("", {tagged}), &upstream, kAsked).body,
            R"({"code":"0","data":[{"note":"","chain":"XRP-Ripple","fee":"0","feeCcy":"XRP",)"
            R"("ccy":"XRP","clientId":"payout1","toAddrType":"1","amt":"5","txId":"","from":"",)"
            R"("areaCodeFrom":"","to":"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh","areaCodeTo":"",)"
            R"("state":"4","ts":"1700000000000","nonTradableAsset":false,)"
            R"("wdId":"9007199254740001","tag":"101"}],"msg":""})");
  EXPECT_EQ(rows(ask("", {waiting()})), "9007199254740001 4 15447421 2");
}

TEST(OkxWithdrawals, EveryStageHasAState) {
  using enum WithdrawalStage;
  const std::pair<WithdrawalStage, std::string> stages[] = {
      {kWaiting, "4"}, {kSending, "7"}, {kCancelled, "-2"}, {kRejected, "-2"}, {kFailed, "-1"}};
  for (const auto& [stage, state] : stages) {
    ProposedWithdrawal each = waiting();
    each.stage = stage;
    EXPECT_EQ(rows(ask("", {each}), kEmpty), "9007199254740001 " + state);
  }
}

TEST(OkxWithdrawals, FiltersHoldForProposalsToo) {
  const auto count = [](std::string_view query) { return ask(query, {waiting()}).shown.size(); };
  for (const std::string_view fits :
       {"?ccy=XRP", "?state=4", "?clientId=payout1", "?wdId=9007199254740001", "?type=4",
        "?after=1700000000001", "?before=1699999999999", "?toAddrType=1"}) {
    EXPECT_EQ(count(fits), 1u) << fits;
  }
  for (const std::string_view does_not :
       {"?ccy=BTC", "?state=2", "?clientId=other", "?wdId=1", "?type=3", "?after=1700000000000",
        "?before=1700000000000", "?txId=0x1", "?toAddrType=2"}) {
    EXPECT_EQ(count(does_not), 0u) << does_not;
  }
  EXPECT_EQ(rows(ask("?limit=1", {waiting()})), "9007199254740001 4");
}

TEST(OkxWithdrawals, ASentOneIsShownOnceUnderItsProposalsId) {
  ProposedWithdrawal sent = waiting();
  sent.stage = WithdrawalStage::kSending;
  const std::string real =
      R"({"code":"0","data":[{"wdId":"77","clientId":"9007199254740001","state":"1",)"
      R"("ts":"1700000001000"}],"msg":""})";
  EXPECT_EQ(rows(ask("", {sent}), kEmpty), "9007199254740001 7") << "the history lags";
  EXPECT_EQ(rows(ask("", {sent}), real), "9007199254740001 1");
  sent.exchange_id = "77";
  EXPECT_EQ(rows(ask("", {sent}), real), "9007199254740001 1");
  EXPECT_EQ(ask("?wdId=9007199254740001", {sent}).upstream->query, "wdId=77");
  EXPECT_EQ(ask("?clientId=payout1", {sent}).upstream->query, "clientId=9007199254740001");
  EXPECT_FALSE(ask("?wdId=9007199254740001", {waiting()}).upstream);
  EXPECT_FALSE(ask("?clientId=payout1", {waiting()}).upstream);
  EXPECT_EQ(rows(ask("?clientId=payout1", {waiting()})), "9007199254740001 4");
}

TEST(OkxWithdrawals, AnErrorOfTheExchangeGoesOnAsItIs) {
  const HttpResponse error = answered(R"({"code":"50011","data":[],"msg":"Too Many Requests"})");
  EXPECT_EQ(okx().history_answer(ask("", {waiting()}), &error, kAsked).body, error.body);
}

TEST(OkxWithdrawals, IsSentUnderTheProposalsId) {
  Withdrawal facts = waiting().asked;
  facts.tag = "101";
  facts.receiver = R"({"rcvrInfo":{"walletType":"private"}})";
  const auto request = okx().request(facts, kProposal, kAsked);
  ASSERT_TRUE(request);
  EXPECT_EQ(
      request->body,
      R"({"ccy":"XRP","amt":"5","dest":"4","toAddr":"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh:101",)"
      R"("chain":"XRP-Ripple","clientId":"9007199254740001",)"
      R"("rcvrInfo":{"walletType":"private"}})");
  const auto intent = meaning(*request);
  ASSERT_TRUE(intent) << intent.error().message;
  EXPECT_EQ(intent->withdrawal->address, facts.address);
  EXPECT_EQ(intent->withdrawal->tag, "101");
  EXPECT_EQ(intent->withdrawal->receiver, facts.receiver);
  facts.internal = true;
  EXPECT_EQ(okx().request(facts, kProposal, kAsked).error().code, "withdrawal.internal");
}

TEST(OkxWithdrawals, IsFoundAgain) {
  const SentWithdrawal sent{
      .id = kProposal, .facts = waiting().asked, .sent_at = kAsked, .exchange_id = {}};
  EXPECT_EQ(okx().history_request(sent, kAsked).target(),
            "/api/v5/asset/withdrawal-history?clientId=9007199254740001");
  const auto history = okx().read_history(answered(std::string(kDocumented)));
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->records[0].exchange_id, "15447421");
  EXPECT_EQ(history->records[0].stage, WithdrawalStage::kDone);
  EXPECT_EQ(okx()
                .sent_id(answered(R"({"code":"0","data":[{"amt":"0.1","wdId":"67485","ccy":"BTC",)"
                                  R"("clientId":"","chain":"BTC-Bitcoin"}],"msg":""})"))
                .value(),
            "67485");
  EXPECT_FALSE(okx().sent_id(answered(R"({"code":"58207","data":[],"msg":"x"})")));
}

}  // namespace
}  // namespace keystile::exchanges::okx
