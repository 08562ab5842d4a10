#include "exchanges/transfers.h"

#include <gtest/gtest.h>

#include "exchanges/binance/binance.h"
#include "exchanges/transfer_rows.h"
#include "exchanges/transfers_for_test.h"

namespace keystile::exchanges::binance {
namespace {

constexpr std::string_view kWallets = "/sapi/v1/asset/transfer";
constexpr std::string_view kAccounts = "/sapi/v1/sub-account/universalTransfer";

// The answers of the documents' pages "Query User Universal Transfer History" and "Query Universal
// Transfer History".
constexpr std::string_view kWalletRows =
    R"({"total":2,"rows":[{"asset":"USDT","amount":"1","type":"MAIN_UMFUTURE","status":"CONFIRMED",)"
    R"("tranId":11415955596,"timestamp":1544433328000},{"asset":"USDT","amount":"2","type":"MAIN_UMFUTURE",)"
    R"("status":"CONFIRMED","tranId":11366865406,"timestamp":1544433328000}]})";
constexpr std::string_view kAccountRows =
    R"({"result":[{"tranId":92275823339,"fromEmail":"abctest@gmail.com","toEmail":"deftest@gmail.com",)"
    R"("asset":"BNB","amount":"0.01","createTimeStamp":1640317374000,"fromAccountType":"USDT_FUTURE",)"
    R"("toAccountType":"SPOT","status":"SUCCESS","clientTranId":"test"}],"totalCount":1})";

const Transfers& binance() { return transfers_of(exchange()); }

ProposedTransfer within(TransferState state = TransferState::kPending) {
  return proposed_transfer("MAIN", "UMFUTURE", "", state);
}
ProposedTransfer between() {
  ProposedTransfer made = proposed_transfer("SPOT", "USDT_FUTURE", "move1");
  made.asked.to_account = "desk2@example.com";
  return made;
}

TransferQuestion ask(std::string_view path, std::string_view query,
                     std::vector<ProposedTransfer> known) {
  return binance()
      .read_question(request_to("GET", std::string(path) + std::string(query)), known)
      .value();
}

json::Value told(const TransferQuestion& question, std::string_view upstream) {
  const HttpResponse answer = answered(std::string(upstream));
  return json::parse(
             binance().history_answer(question, question.upstream ? &answer : nullptr, kAsked).body)
      .value();
}
std::string rows(const json::Value& body) {
  return shown(*body.find(body.find("rows") ? "rows" : "result"), "tranId", "status");
}

TEST(BinanceTransfers, AProgramIsAnsweredWithTheProposalsId) {
  EXPECT_EQ(binance().asked_answer(within(), kAsked).body, R"({"tranId":9007199254740001})");
  EXPECT_EQ(binance().asked_answer(between(), kAsked).body,
            R"({"tranId":9007199254740001,"clientTranId":"move1"})");
}

TEST(BinanceTransfers, TheHistoriesShowItInTheirOwnWords) {
  const std::string theirs = " 11415955596 CONFIRMED 11366865406 CONFIRMED";
  const auto known = within();
  const json::Value body = told(ask(kWallets, "?type=MAIN_UMFUTURE", {known}), kWalletRows);
  EXPECT_EQ(rows(body), "9007199254740001 PENDING" + theirs);
  EXPECT_EQ(body.text("total"), "3");
  EXPECT_EQ(rows(told(ask(kWallets, "?type=MAIN_UMFUTURE", {within(TransferState::kFailed)}),
                      kWalletRows)),
            "9007199254740001 FAILED" + theirs);
  EXPECT_EQ(ask(kWallets, "?type=UMFUTURE_MAIN", {known}).shown.size(), 0u);
  EXPECT_EQ(ask(kWallets, "?type=MAIN_UMFUTURE&current=2", {known}).shown.size(), 0u);
  EXPECT_EQ(ask(kWallets, "?type=MAIN_UMFUTURE&startTime=1700000000001", {known}).shown.size(), 0u);
  EXPECT_EQ(rows(told(ask(kAccounts, "", {between(), known}), kAccountRows)),
            "9007199254740001 PROCESS 92275823339 SUCCESS");
  EXPECT_EQ(ask(kAccounts, "?toEmail=desk2%40example.com", {between()}).shown.size(), 1u);
  EXPECT_EQ(ask(kAccounts, "?toEmail=desk3%40example.com", {between()}).shown.size(), 0u);
  EXPECT_EQ(ask(kAccounts, "?fromEmail=desk2%40example.com", {between()}).shown.size(), 0u);
}

TEST(BinanceTransfers, ASentOneKeepsItsIds) {
  ProposedTransfer sent = between();
  sent.state = TransferState::kDone;
  sent.exchange_id = "92275823339";
  const auto question = ask(kAccounts, "?clientTranId=move1", {sent});
  EXPECT_EQ(question.upstream->query, "clientTranId=keystile9007199254740001");
  const json::Value body = told(question, kAccountRows);
  EXPECT_EQ(rows(body), "9007199254740001 SUCCESS");
  EXPECT_EQ(body.find("result")->if_array()->front().text("clientTranId"), "move1");
  const auto unsent = ask(kAccounts, "?clientTranId=move1", {between()});
  EXPECT_FALSE(unsent.upstream);
  EXPECT_EQ(rows(told(unsent, "")), "9007199254740001 PROCESS");
  for (const char* odd : {"", "[]", R"({"code":-1003,"msg":"too many"})"}) {
    const HttpResponse answer = answered(odd);
    EXPECT_EQ(binance().history_answer(ask(kAccounts, "", {between()}), &answer, kAsked).body, odd);
  }
}

TEST(BinanceTransfers, WhatIsSentIsWhatPeopleHaveRead) {
  for (const ProposedTransfer& each : {within(), between()}) {
    const auto request = binance().request(each.asked, each.id);
    ASSERT_TRUE(request);
    const Transfer again = read_again(exchange(), *request);
    EXPECT_TRUE(moves_the_same(again, each.asked)) << request->query;
    EXPECT_EQ(again.client_id, binance().sent_as(each.asked, each.id));
    EXPECT_EQ(is_executor_id(again.client_id), !each.asked.to_account.empty());
  }
  ProposedTransfer isolated = within();
  isolated.asked.to = "ISOLATEDMARGIN";
  EXPECT_EQ(binance().request(isolated.asked, 1).error().code, "transfer.unsupported");
  EXPECT_FALSE(binance().check_can_wait(request_to("POST", kWallets), isolated.asked));
  EXPECT_TRUE(binance().check_can_wait(request_to("POST", kWallets), within().asked));
  EXPECT_TRUE(binance().check_can_wait(request_to("POST", kAccounts), between().asked));
  EXPECT_FALSE(binance().check_can_wait(request_to("POST", kAccounts), within().asked));
}

TEST(BinanceTransfers, OneWithoutAnIdIsFoundByWhatItMovedAndWhen) {
  Transfer facts = within().asked;
  facts.amount = Decimal(2);
  const SentTransfer sent{kProposal, facts, from_epoch_ms(1544433328000)};
  const auto find = [&](std::string_view body, std::vector<std::string> others = {}) {
    return binance().find(sent, answered(std::string(body)), others);
  };
  EXPECT_EQ(find(kWalletRows)->exchange_id, "11366865406");
  EXPECT_FALSE(find(kWalletRows)->by_own_id);
  EXPECT_EQ(find(kWalletRows, {"11366865406"}).error().code, "transfer.absent");
  std::string twice(kWalletRows);
  twice.replace(twice.find(R"("amount":"1")"), 12, R"("amount":"2")");
  EXPECT_EQ(find(twice).error().code, "transfer.ambiguous");
  std::string paged(kWalletRows);
  paged.replace(paged.find(R"("total":2)"), 9, R"("total":9)");
  EXPECT_EQ(find(paged).error().code, "transfer.ambiguous");
  const SentTransfer later{kProposal, facts, from_epoch_ms(1544433328000 + 61'000)};
  EXPECT_EQ(binance().find(later, answered(std::string(kWalletRows)), {}).error().code,
            "transfer.absent");
  EXPECT_EQ(find("[]").error().code, "upstream.answer");
}

// Under our id it is ours only with all that people have read.
TEST(BinanceTransfers, OneBetweenAccountsIsFoundByItsId) {
  Transfer facts = between().asked;
  facts.from_account = "desk1@example.com";
  std::string body(kAccountRows);
  const auto code = [&] {
    const auto found =
        binance().find({kProposal, facts, kAsked}, answered(body), std::vector<std::string>());
    return found ? "found" : found.error().code;
  };
  const auto put = [&](std::string_view old, std::string_view now) {
    body.replace(body.find(old), old.size(), now);
  };
  EXPECT_EQ(code(), "transfer.absent");
  put(R"("test")", R"("9007199254740001")");
  EXPECT_EQ(code(), "transfer.absent") << "a program may have chosen that";
  put(R"("9007199254740001")", R"("keystile9007199254740001")");
  EXPECT_EQ(code(), "transfer.other");
  put(R"("BNB","amount":"0.01")", R"("USDT","amount":"5000")");
  put("USDT_FUTURE", "SPOT");
  put(R"("toAccountType":"SPOT")", R"("toAccountType":"USDT_FUTURE")");
  put("abctest@gmail.com", "desk1@example.com");
  put("deftest@gmail.com", "desk2@example.com");
  EXPECT_EQ(code(), "found");
  const std::string good = body;
  for (const auto& [was, other] :
       {std::pair(R"("amount":"5000")", R"("amount":"5001")"),
        {R"("USDT")", R"("USDC")"},
        {R"("fromAccountType":"SPOT")", R"("fromAccountType":"MARGIN")"},
        {R"("toAccountType":"USDT_FUTURE")", R"("toAccountType":"COIN_FUTURE")"},
        {"desk1@example.com", "desk3@example.com"},
        {"desk2@example.com", "desk3@example.com"}}) {
    body = good;
    put(was, other);
    EXPECT_EQ(code(), "transfer.other") << was;
  }
  body = good;
  facts.from_account.clear();  // the key's own
  EXPECT_EQ(code(), "found");
}

TEST(BinanceTransfers, AnAnswerWithAnIdProvesIt) {
  EXPECT_EQ(binance().sent(answered(R"({"tranId":13526853623})"))->exchange_id, "13526853623");
  EXPECT_FALSE(binance().sent(answered(R"({"code":-1000,"msg":""})")));
  EXPECT_FALSE(binance().sent(answered(R"({"tranId":13526853623})", 500)));
}

}  // namespace
}  // namespace keystile::exchanges::binance
