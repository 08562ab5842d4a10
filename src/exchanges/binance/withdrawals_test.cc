#include "exchanges/withdrawals.h"

#include <gtest/gtest.h>

#include "exchanges/binance/testing.h"
#include "exchanges/withdrawals_for_test.h"

namespace keystile::exchanges::binance {
namespace {

constexpr std::string_view kPath = "/sapi/v1/capital/withdraw/history";

// The answer of the document's page "Withdraw History".
constexpr std::string_view kDocumented = R"([
  {"id":"b6ae22b3aa844210a7041aee7589627c","amount":"8.91000000","transactionFee":"0.004",
   "coin":"USDT","status":6,"address":"0x94df8b352de7f46f64b01d3666bf6e936e44ce60",
   "txId":"0xb5ef8c13b968a406cc62a93a8bd80f9e9a906ef1b3fcf20a2e48573c17659268",
   "applyTime":"2019-10-12 11:12:02","network":"ETH","transferType":0,
   "withdrawOrderId":"WITHDRAWtest123",
   "info":"The address is not valid. Please confirm with the recipient","confirmNo":3,
   "walletType":1,"txKey":"","completeTime":"2023-03-23 16:52:41"},
  {"id":"156ec387f49b41df8724fa744fa82719","amount":"0.00150000","transactionFee":"0.004",
   "coin":"BTC","status":6,"address":"1FZdVHtiBqMrWdjPyRPULCUceZPJ2WLCsB",
   "txId":"60fd9007ebfddc753455f95fafa808c4302c836e4d1eebc5a132c36c1d8ac354",
   "applyTime":"2019-09-24 12:43:45","network":"BTC","transferType":0,"info":"","confirmNo":2,
   "walletType":1,"txKey":"","completeTime":"2023-03-23 16:52:41"}])";

const Withdrawals& binance() { return withdrawals_of(exchange()); }

ProposedWithdrawal waiting() {
  return proposed("USDT", "TRX", "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW");
}

HistoryQuestion ask(std::string_view query, std::vector<ProposedWithdrawal> known) {
  return binance()
      .read_question(request_to("GET", std::string(kPath) + std::string(query)), known)
      .value();
}

std::string rows(const HistoryQuestion& question, std::string_view upstream = kDocumented) {
  const HttpResponse answer = answered(std::string(upstream));
  const auto merged =
      binance().history_answer(question, question.upstream ? &answer : nullptr, kAsked);
  return shown(json::parse(merged.body).value(), "id", "status");
}

TEST(BinanceWithdrawals, RoutesOfTheirs) {
  const auto call = [](std::string_view method, std::string_view path) {
    return binance().call_of(*exchange().routes().find(method, path));
  };
  EXPECT_EQ(call("POST", "/sapi/v1/capital/withdraw/apply"), WithdrawalCall::kAsk);
  EXPECT_EQ(call("GET", kPath), WithdrawalCall::kHistory);
  EXPECT_EQ(call("POST", "/sapi/v1/localentity/withdraw/apply"), std::nullopt);
  EXPECT_EQ(call("GET", "/api/v3/account"), std::nullopt);
}

TEST(BinanceWithdrawals, AProgramIsAnsweredWithTheProposalsId) {
  EXPECT_EQ(binance().asked_answer(waiting(), kAsked).body, R"({"id":"9007199254740001"})");
}

TEST(BinanceWithdrawals, TheHistoryShowsAProposalAwaitingApproval) {
  const auto question = ask("?coin=USDT", {waiting()});
  const HttpResponse upstream = answered("[]");
  const auto answer = binance().history_answer(question, &upstream, kAsked);
  EXPECT_EQ(
      answer.body,
      R"([{"id":"9007199254740001","amount":"5","transactionFee":"0","coin":"USDT","status":2,)"
      R"("address":"TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW","addressTag":"","txId":"",)"
      R"("applyTime":"2023-11-14 22:13:20","network":"TRX","transferType":0,"info":"",)"
      R"("confirmNo":0,"walletType":0,"txKey":"","withdrawOrderId":"payout1"}])");
  EXPECT_NE(find_header(answer.headers, "X-Weight"), nullptr);
}

TEST(BinanceWithdrawals, RowsComeNewestFirst) {
  EXPECT_EQ(rows(ask("", {waiting()})),
            "9007199254740001 2 b6ae22b3aa844210a7041aee7589627c 6 "
            "156ec387f49b41df8724fa744fa82719 6");
  ProposedWithdrawal old = waiting();
  old.created = from_epoch_ms(1'570'000'000'000);  // 2019-10-02
  EXPECT_EQ(rows(ask("", {old})),
            "b6ae22b3aa844210a7041aee7589627c 6 9007199254740001 2 "
            "156ec387f49b41df8724fa744fa82719 6");
}

TEST(BinanceWithdrawals, EveryStageHasAStatusThatClientsKnow) {
  using enum WithdrawalStage;
  const std::pair<WithdrawalStage, std::string> stages[] = {
      {kWaiting, "2"}, {kSending, "4"}, {kCancelled, "1"}, {kRejected, "3"}, {kFailed, "5"}};
  for (const auto& [stage, status] : stages) {
    ProposedWithdrawal each = waiting();
    each.stage = stage;
    EXPECT_EQ(rows(ask("", {each}), "[]"), "9007199254740001 " + status);
  }
}

TEST(BinanceWithdrawals, FiltersHoldForProposalsToo) {
  const auto count = [](std::string_view query) { return ask(query, {waiting()}).shown.size(); };
  for (const std::string_view fits :
       {"?coin=USDT", "?status=2", "?withdrawOrderId=payout1", "?idList=9007199254740001",
        "?idList=abc,9007199254740001", "?startTime=1700000000000&endTime=1700000000000"}) {
    EXPECT_EQ(count(fits), 1u) << fits;
  }
  for (const std::string_view does_not :
       {"?coin=BTC", "?status=0", "?status=6", "?withdrawOrderId=other", "?idList=9007199254740002",
        "?idList=19007199254740001", "?startTime=1700000000001", "?endTime=1699999999999"}) {
    EXPECT_EQ(count(does_not), 0u) << does_not;
  }
  EXPECT_FALSE(binance().read_question(request_to("GET", std::string(kPath) + "?limit=x"), {}));
  EXPECT_FALSE(
      binance().read_question(request_to("GET", std::string(kPath) + "?coin=A&coin=B"), {}));
}

// Once sent, the exchange's row stands for the proposal, under the ids that the program knows.
TEST(BinanceWithdrawals, ASentOneIsShownOnceUnderItsProposalsId) {
  ProposedWithdrawal sent = waiting();
  sent.stage = WithdrawalStage::kSending;
  const std::string real =
      R"([{"id":"b6ae","amount":"5","coin":"USDT","status":4,"applyTime":"2023-11-14 23:00:00",)"
      R"("withdrawOrderId":"9007199254740001","extra":1}])";
  const auto question = ask("", {sent});
  EXPECT_EQ(rows(question, "[]"), "9007199254740001 4") << "the history lags";
  const HttpResponse upstream = answered(real);
  EXPECT_EQ(binance().history_answer(question, &upstream, kAsked).body,
            R"([{"id":"9007199254740001","amount":"5","coin":"USDT","status":4,)"
            R"("applyTime":"2023-11-14 23:00:00","withdrawOrderId":"payout1","extra":1}])");

  // Somebody's own number is no proposal's while that waits.
  EXPECT_EQ(rows(ask("", {waiting()}), real), "b6ae 4 9007199254740001 2");
}

TEST(BinanceWithdrawals, TheExchangeIsAskedByTheIdsThatItKnows) {
  EXPECT_FALSE(ask("?withdrawOrderId=payout1", {waiting()}).upstream);
  EXPECT_FALSE(ask("?idList=9007199254740001", {waiting()}).upstream);
  EXPECT_EQ(ask("?idList=9007199254740001,b6ae", {waiting()}).upstream->query, "idList=b6ae");
  EXPECT_EQ(ask("?withdrawOrderId=theirs", {waiting()}).upstream->query, "withdrawOrderId=theirs");
  ProposedWithdrawal done = waiting();
  done.stage = WithdrawalStage::kDone;
  done.exchange_id = "b6ae";
  EXPECT_EQ(ask("?withdrawOrderId=payout1&timestamp=1&signature=x", {done}).upstream->query,
            "withdrawOrderId=9007199254740001&timestamp=1&signature=x");
  EXPECT_EQ(ask("?idList=9007199254740001", {done}).upstream->query, "idList=b6ae");
  EXPECT_EQ(rows(ask("?idList=9007199254740001", {waiting()})), "9007199254740001 2");
}

// Pages of one row: nothing twice, nothing lost.
TEST(BinanceWithdrawals, PagesGoThroughBothKindsOfRows) {
  const auto page = [](int offset) {
    const auto question = ask("?limit=1&offset=" + std::to_string(offset), {waiting()});
    const json::Value all = json::parse(kDocumented).value();
    const size_t from =
        std::stoul(question.upstream->query.substr(question.upstream->query.rfind('=') + 1));
    json::Array one;
    if (from < all.if_array()->size()) one.push_back((*all.if_array())[from]);
    return rows(question, json::dump(json::Value(one)));
  };
  EXPECT_EQ(page(0), "9007199254740001 2");
  EXPECT_EQ(page(1), "b6ae22b3aa844210a7041aee7589627c 6");
  EXPECT_EQ(page(2), "156ec387f49b41df8724fa744fa82719 6");
  EXPECT_EQ(page(3), "");
}

TEST(BinanceWithdrawals, AnErrorOfTheExchangeGoesOnAsItIs) {
  const auto question = ask("", {waiting()});
  for (const HttpResponse& odd : {answered(R"({"code":-1003,"msg":"Too many requests"})", 429),
                                  answered(R"({"code":-1,"msg":""})"), answered("<html>")}) {
    EXPECT_EQ(binance().history_answer(question, &odd, kAsked).body, odd.body);
  }
}

TEST(BinanceWithdrawals, IsSentUnderTheProposalsId) {
  Withdrawal facts = waiting().asked;
  facts.tag = "a b";
  facts.wallet = "1";
  const auto request = binance().request(facts, kProposal, kAsked);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method + " " + request->target(),
            "POST /sapi/v1/capital/withdraw/apply?coin=USDT&network=TRX&"
            "address=TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW&addressTag=a%20b&amount=5&"
            "withdrawOrderId=9007199254740001&walletType=1");
  // What is sent means what was decided.
  const Route& route = *exchange().routes().find("POST", request->path);
  const auto intent = exchange().interpret(route, *request);
  ASSERT_TRUE(intent) << intent.error().message;
  EXPECT_EQ(intent->withdrawal->address, facts.address);
  EXPECT_EQ(intent->withdrawal->tag, facts.tag);
  EXPECT_EQ(intent->withdrawal->amount, facts.amount);
  EXPECT_EQ(intent->withdrawal->wallet, "1");

  const auto code = [](Withdrawal changed) {
    return binance().request(changed, kProposal, kAsked).error().code;
  };
  facts.receiver = R"({"questionnaire":"{}"})";
  EXPECT_EQ(code(facts), "withdrawal.receiver");
  facts.network.clear();
  EXPECT_EQ(code(facts), "network.missing");
  facts.internal = true;
  EXPECT_EQ(code(facts), "withdrawal.internal");
}

TEST(BinanceWithdrawals, IsFoundAgain) {
  SentWithdrawal sent{
      .id = kProposal, .facts = waiting().asked, .sent_at = kAsked, .exchange_id = {}};
  EXPECT_EQ(binance().history_request(sent, kAsked + std::chrono::minutes(1)).query,
            "coin=USDT&withdrawOrderId=9007199254740001&startTime=1699996400000&"
            "endTime=1700000060000");
  const auto history = binance().read_history(answered(std::string(kDocumented)));
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_TRUE(history->complete);
  const WithdrawalRecord& first = history->records.front();
  EXPECT_EQ(first.own_id, "WITHDRAWtest123");
  EXPECT_EQ(first.amount, Decimal::parse("8.91").value());
  EXPECT_EQ(first.stage, WithdrawalStage::kDone);
  EXPECT_EQ(find_sent(binance(), sent, *history, {}).value(), nullptr);
  auto with_ours = *history;
  with_ours.records[0].own_id = std::to_string(kProposal);
  EXPECT_EQ(find_sent(binance(), sent, with_ours, {}).value(), &with_ours.records[0]);
  EXPECT_FALSE(binance().read_history(answered(R"({"code":-1})")));
  EXPECT_EQ(binance().sent_id(answered(R"({"id":"7213fea8e94b4a5593d507237e5a555b"})")).value(),
            "7213fea8e94b4a5593d507237e5a555b");
  EXPECT_FALSE(binance().sent_id(answered(R"({"code":-4026,"msg":"no"})", 400)));
}

}  // namespace
}  // namespace keystile::exchanges::binance
