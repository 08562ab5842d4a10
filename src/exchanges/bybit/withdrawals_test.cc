#include "exchanges/withdrawals.h"

#include <gtest/gtest.h>

#include "exchanges/bybit/bybit.h"
#include "exchanges/withdrawals_for_test.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr std::string_view kPath = "/v5/asset/withdraw/query-record";

// The answer of the document's page "Get Withdrawal Records".
constexpr std::string_view kDocumented = R"({"retCode":0,"retMsg":"success","result":{"rows":[
  {"coin":"USDT","chain":"ETH","amount":"77","txID":"","status":"SecurityCheck",
   "toAddress":"0x99ced129603abc771c0dabe935c326ff6c86645d","tag":"","withdrawFee":"10",
   "createTime":"1670922217000","updateTime":"1670922217000","withdrawId":"9976","withdrawType":0},
  {"coin":"USDT","chain":"ETH","amount":"26","txID":"","status":"success",
   "toAddress":"15638072681@163.com","tag":"","withdrawFee":"0","createTime":"1669711121000",
   "updateTime":"1669711380000","withdrawId":"9801","withdrawType":1}],
  "nextPageCursor":"eyJtaW5JRCI6OTgwMSwibWF4SUQiOjk5NzZ9"},"retExtInfo":{},"time":1672194949928})";
constexpr std::string_view kEmpty =
    R"({"retCode":0,"retMsg":"success","result":{"rows":[],"nextPageCursor":""},"retExtInfo":{},"time":1})";

const Withdrawals& bybit() { return withdrawals_of(exchange()); }

ProposedWithdrawal waiting() {
  ProposedWithdrawal made = proposed("USDT", "TRX", "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW");
  made.asked.wallet = "FUND,UTA";
  return made;
}

HistoryQuestion ask(std::string_view query, std::vector<ProposedWithdrawal> known) {
  return bybit()
      .read_question(request_to("GET", std::string(kPath) + std::string(query)), known)
      .value();
}

std::string rows(const HistoryQuestion& question, std::string_view upstream = kDocumented) {
  const HttpResponse answer = answered(std::string(upstream));
  const auto merged =
      bybit().history_answer(question, question.upstream ? &answer : nullptr, kAsked);
  return shown(*json::parse(merged.body).value().find("result")->find("rows"), "withdrawId",
               "status");
}

HttpRequest post(std::string_view path, std::string body) {
  HttpRequest request = request_to("POST", path);
  request.body = std::move(body);
  return request;
}

TEST(BybitWithdrawals, AProgramIsAnsweredWithTheProposalsId) {
  EXPECT_EQ(bybit().asked_answer(waiting(), kAsked).body,
            R"({"retCode":0,"retMsg":"success","result":{"id":"9007199254740001"},)"
            R"("retExtInfo":{},"time":1700000000000})");
  EXPECT_EQ(bybit().cancelled_answer(kProposal, kAsked).body,
            R"({"retCode":0,"retMsg":"success","result":{"status":1},"retExtInfo":{},)"
            R"("time":1700000000000})");
  EXPECT_EQ(bybit().read_cancel(post("/v5/asset/withdraw/cancel", R"({"id":"7"})")).value(), "7");
  EXPECT_FALSE(bybit().read_cancel(post("/v5/asset/withdraw/cancel", R"({"id":""})")));
}

TEST(BybitWithdrawals, TheHistoryShowsAProposalInSecurityCheck) {
  EXPECT_EQ(rows(ask("", {waiting()})),
            "9007199254740001 SecurityCheck 9976 SecurityCheck 9801 success");
  const HttpResponse upstream = answered(std::string(kEmpty));
  EXPECT_EQ(bybit().history_answer(ask("", {waiting()}), &upstream, kAsked).body,
            R"({"retCode":0,"retMsg":"success","result":{"rows":[{"coin":"USDT","chain":"TRX",)"
            R"("amount":"5","txID":"","status":"SecurityCheck",)"
            R"("toAddress":"TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW","tag":"","withdrawFee":"0",)"
            R"("createTime":"1700000000000","updateTime":"1700000000000",)"
            R"("withdrawId":"9007199254740001","withdrawType":0,"fee":"","tax":"","taxRate":"",)"
            R"("taxType":""}],"nextPageCursor":""},"retExtInfo":{},"time":1})");
}

TEST(BybitWithdrawals, EveryStageHasAStatusThatClientsKnow) {
  using enum WithdrawalStage;
  const std::pair<WithdrawalStage, std::string> stages[] = {{kWaiting, "SecurityCheck"},
                                                            {kSending, "Pending"},
                                                            {kCancelled, "CancelByUser"},
                                                            {kRejected, "Reject"},
                                                            {kFailed, "Fail"}};
  for (const auto& [stage, status] : stages) {
    ProposedWithdrawal each = waiting();
    each.stage = stage;
    EXPECT_EQ(rows(ask("", {each}), kEmpty), "9007199254740001 " + status);
  }
}

TEST(BybitWithdrawals, FiltersHoldForProposalsToo) {
  const auto count = [](std::string_view query) { return ask(query, {waiting()}).shown.size(); };
  for (const std::string_view fits :
       {"?coin=USDT", "?withdrawID=9007199254740001", "?withdrawType=0", "?withdrawType=2",
        "?startTime=1700000000000&endTime=1700000000000"}) {
    EXPECT_EQ(count(fits), 1u) << fits;
  }
  for (const std::string_view does_not :
       {"?coin=BTC", "?withdrawID=1", "?withdrawType=1", "?txID=0x1", "?cursor=x",
        "?startTime=1700000000001", "?endTime=1699999999999"}) {
    EXPECT_EQ(count(does_not), 0u) << does_not;
  }
}

TEST(BybitWithdrawals, TheFirstPageHasRoomForProposals) {
  EXPECT_EQ(ask("?limit=20", {waiting()}).upstream->query, "limit=19");
  EXPECT_EQ(ask("?limit=1", {waiting()}).upstream->query, "limit=1");
  EXPECT_EQ(ask("?limit=20&cursor=x", {waiting()}).upstream->query, "limit=20&cursor=x");
}

TEST(BybitWithdrawals, ASentOneIsShownUnderItsProposalsId) {
  ProposedWithdrawal sent = waiting();
  sent.stage = WithdrawalStage::kSending;
  sent.exchange_id = "9976";
  EXPECT_EQ(rows(ask("", {sent})), "9007199254740001 SecurityCheck 9801 success");
  EXPECT_EQ(ask("?withdrawID=9007199254740001", {sent}).upstream->query, "withdrawID=9976");
  EXPECT_FALSE(ask("?withdrawID=9007199254740001", {waiting()}).upstream);
  EXPECT_EQ(rows(ask("?withdrawID=9007199254740001", {waiting()})),
            "9007199254740001 SecurityCheck");
}

TEST(BybitWithdrawals, AnErrorOfTheExchangeGoesOnAsItIs) {
  const HttpResponse error =
      answered(R"({"retCode":10006,"retMsg":"Too many visits!","result":{}})");
  EXPECT_EQ(bybit().history_answer(ask("", {waiting()}), &error, kAsked).body, error.body);
}

TEST(BybitWithdrawals, IsSentUnderTheProposalsId) {
  Withdrawal facts = waiting().asked;
  facts.tag = "9";
  facts.on_chain_only = true;
  facts.receiver = R"({"beneficiary":{"vaspEntityId":"basic"}})";
  const auto request = bybit().request(facts, kProposal, kAsked);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->body,
            R"({"coin":"USDT","chain":"TRX","address":"TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW",)"
            R"("amount":"5","timestamp":1700000000000,"forceChain":1,"accountType":"FUND,UTA",)"
            R"("feeType":0,"requestId":"9007199254740001","tag":"9",)"
            R"("beneficiary":{"vaspEntityId":"basic"}})");
  const Route& route = *exchange().routes().find("POST", request->path);
  const auto intent = exchange().interpret(route, *request);
  ASSERT_TRUE(intent) << intent.error().message;
  EXPECT_EQ(intent->withdrawal->wallet, "FUND,UTA");
  EXPECT_EQ(intent->withdrawal->receiver, facts.receiver);
  EXPECT_TRUE(intent->withdrawal->on_chain_only);
  facts.receiver = "[]";
  EXPECT_EQ(bybit().request(facts, kProposal, kAsked).error().code, "withdrawal.receiver");
}

// --- the history does not show our id -----------------------------------------------------------

SentWithdrawal sent_usdt() {
  SentWithdrawal sent{
      .id = kProposal, .facts = {}, .sent_at = from_epoch_ms(1670922216000), .exchange_id = {}};
  sent.facts.asset = "USDT";
  sent.facts.network = "ETH";
  sent.facts.address = "0x99ced129603abc771c0dabe935c326ff6c86645d";
  sent.facts.amount = Decimal(77);
  return sent;
}

TEST(BybitWithdrawals, IsLookedForRoundTheTimeAtWhichItWasSent) {
  EXPECT_EQ(bybit().history_request(sent_usdt(), from_epoch_ms(1670922300000)).target(),
            "/v5/asset/withdraw/query-record?coin=USDT&withdrawType=2&startTime=1670918616000&"
            "endTime=1670922300000&limit=50");
  EXPECT_EQ(bybit()
                .sent_id(answered(R"({"retCode":0,"retMsg":"success","result":{"id":"10195"},)"
                                  R"("retExtInfo":{},"time":1672196571239})"))
                .value(),
            "10195");
  EXPECT_FALSE(bybit().sent_id(answered(R"({"retCode":131093,"retMsg":"no","result":{}})")));
}

TEST(BybitWithdrawals, IsFoundAgainByAllItsFacts) {
  const auto history = bybit().read_history(answered(std::string(kDocumented))).value();
  EXPECT_TRUE(history.complete);
  const auto found = [&](const SentWithdrawal& sent, std::vector<std::string> others = {}) {
    const auto record = find_sent(bybit(), sent, history, others).value();
    return record ? record->exchange_id : "none";
  };
  EXPECT_EQ(found(sent_usdt()), "9976");
  EXPECT_EQ(found(sent_usdt(), {"9976"}), "none") << "it is another proposal's";
  SentWithdrawal other = sent_usdt();
  other.facts.amount = Decimal(87);  // with the fee
  EXPECT_EQ(found(other), "none") << "it was to be on top";
  other.facts.fee_included = true;
  EXPECT_EQ(found(other), "9976");
  other.facts.amount = Decimal(78);
  EXPECT_EQ(found(other), "none");
  other = sent_usdt();
  other.facts.address += "0";
  EXPECT_EQ(found(other), "none");
  other = sent_usdt();
  other.sent_at = from_epoch_ms(1670922217000 + 61'000);
  EXPECT_EQ(found(other), "none") << "it is older than ours";
  other.exchange_id = "9801";
  EXPECT_EQ(found(other), "9801") << "its id is known";
}

TEST(BybitWithdrawals, TwoAlikeAreForAPersonToTellApart) {
  auto history = bybit().read_history(answered(std::string(kDocumented))).value();
  history.records.push_back(history.records[0]);
  history.records.back().exchange_id = "9977";
  const auto found = find_sent(bybit(), sent_usdt(), history, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, "withdrawal.ambiguous");
  EXPECT_EQ(found.error().kind, ErrorClass::kOutcomeUnknown);
  const std::vector<std::string> others{"9976"};
  EXPECT_EQ(find_sent(bybit(), sent_usdt(), history, others).value()->exchange_id, "9977");
}

TEST(BybitWithdrawals, OneAlikeMayStandOnAnotherPage) {
  auto history = bybit().read_history(answered(std::string(kDocumented))).value();
  history.complete = false;
  const auto found = find_sent(bybit(), sent_usdt(), history, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, "withdrawal.ambiguous");
  SentWithdrawal known = sent_usdt();
  known.exchange_id = "9801";
  EXPECT_EQ(find_sent(bybit(), known, history, {}).value()->exchange_id, "9801");
}

}  // namespace
}  // namespace keystile::exchanges::bybit
