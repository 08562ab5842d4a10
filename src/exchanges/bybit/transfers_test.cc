#include "exchanges/transfers.h"

#include <gtest/gtest.h>

#include "exchanges/bybit/bybit.h"
#include "exchanges/transfer_rows.h"
#include "exchanges/transfers_for_test.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr std::string_view kList = "/v5/asset/transfer/query-inter-transfer-list";
constexpr std::string_view kUniversalList = "/v5/asset/transfer/query-universal-transfer-list";
constexpr const char* kOwnId = "3f2c1a90-5b7e-4d11-9c0a-2b8e6f1d7a44";

// The answer of the document's page "Get Internal Transfer Records".
constexpr std::string_view kDocumented =
    R"({"retCode":0,"retMsg":"success","result":{"list":[{"transferId":"selfTransfer_a1091cc7-9364-4b74-8de1-18f02c6f2d5c",)"
    R"("coin":"USDT","amount":"5000","fromAccountType":"SPOT","toAccountType":"UNIFIED","timestamp":"1667283263000",)"
    R"("status":"SUCCESS"}],"nextPageCursor":"eyJtaW5JRCI6MTM1ODQ2OCwibWF4SUQiOjEzNTg0Njh9"},"retExtInfo":{},"time":1670988271677})";

const Transfers& bybit() { return transfers_of(exchange()); }
ProposedTransfer waiting(TransferState state = TransferState::kPending) {
  return proposed_transfer("FUND", "UNIFIED", kOwnId, state);
}
ProposedTransfer between() {
  ProposedTransfer made = waiting();
  made.asked.from_account = "1001";
  made.asked.to_account = "1002";
  return made;
}

TransferQuestion ask(std::string_view query, std::vector<ProposedTransfer> known,
                     std::string_view path = kList) {
  return bybit()
      .read_question(request_to("GET", std::string(path) + std::string(query)), known)
      .value();
}

std::string rows(const TransferQuestion& question, std::string_view upstream = kDocumented) {
  const HttpResponse answer = answered(std::string(upstream));
  const auto merged = bybit().history_answer(question, &answer, kAsked);
  return shown(*json::parse(merged.body).value().find("result")->find("list"), "transferId",
               "status");
}

// One row as the exchange would show ours.
std::string row_of_ours(const std::string& status, const std::string& amount = "5000",
                        WallTime time = kAsked) {
  return R"({"retCode":0,"retMsg":"success","result":{"list":[{"transferId":")" +
         std::string(kOwnId) + R"(","coin":"USDT","amount":")" + amount +
         R"(","fromAccountType":"FUND","toAccountType":"UNIFIED","timestamp":")" +
         std::to_string(epoch_ms(time)) + R"(","status":")" + status +
         R"("}],"nextPageCursor":""},"retExtInfo":{},"time":1})";
}

TEST(BybitTransfers, AProgramIsAnsweredWithItsOwnIdAndThatItIsPending) {
  EXPECT_EQ(bybit().asked_answer(waiting(), kAsked).body,
            std::string(R"({"retCode":0,"retMsg":"success","result":{"transferId":")") + kOwnId +
                R"(","status":"PENDING"},"retExtInfo":{},"time":1700000000000})");
  EXPECT_TRUE(bybit().check_can_wait({}, waiting().asked));
  for (const char* id :
       {"", "7", "3f2c1a90-5b7e-4d11-9c0a-2b8e6f1d7a4", "3f2c1a90-5b7e-4d11-9c0a-2b8e6f1d7a4g"}) {
    Transfer asked = waiting().asked;
    asked.client_id = id;
    EXPECT_FALSE(bybit().check_can_wait({}, asked)) << id;
  }
}

TEST(BybitTransfers, TheListShowsItPendingAmongTheExchangesRows) {
  const std::string own(kOwnId);
  const std::string theirs = "selfTransfer_a1091cc7-9364-4b74-8de1-18f02c6f2d5c SUCCESS";
  EXPECT_EQ(rows(ask("", {waiting()})), own + " PENDING " + theirs);
  EXPECT_EQ(rows(ask("", {waiting(TransferState::kFailed)})), own + " FAILED " + theirs);
  EXPECT_EQ(rows(ask("", {waiting(TransferState::kDone)})), theirs);  // the exchange shows it
  EXPECT_EQ(rows(ask("", {waiting()}), row_of_ours("SUCCESS")), own + " SUCCESS");
  EXPECT_EQ(rows(ask("", {between()})), theirs);
  EXPECT_EQ(rows(ask("", {between()}, kUniversalList)), own + " PENDING " + theirs);
}

TEST(BybitTransfers, TheListIsFilteredAsItWasAskedFor) {
  const auto shown_for = [](std::string_view query) {
    return ask(query, {waiting()}).shown.size();
  };
  for (const std::string& query :
       {std::string("?coin=USDT"), std::string("?transferId=") + kOwnId,
        std::string("?status=PENDING"), std::string("?startTime=1700000000000"),
        std::string("?endTime=1700000000000")}) {
    EXPECT_EQ(shown_for(query), 1u) << query;
  }
  for (const char* query : {"?coin=BTC", "?transferId=other", "?status=SUCCESS",
                            "?startTime=1700000000001", "?endTime=1699999999999", "?cursor=x"}) {
    EXPECT_EQ(shown_for(query), 0u) << query;
  }
  EXPECT_EQ(ask("?limit=20", {waiting()}).upstream->query, "limit=19");
  EXPECT_FALSE(bybit().read_question(request_to("GET", std::string(kList) + "?limit=a"), {}));
}

TEST(BybitTransfers, AnAnswerThatIsNoListIsPassedOn) {
  for (const char* odd : {"", "{}", "[]", R"({"retCode":10005,"result":{"list":[]}})",
                          R"({"retCode":0,"result":[]})"}) {
    const HttpResponse answer = answered(odd);
    EXPECT_EQ(bybit().history_answer(ask("", {waiting()}), &answer, kAsked).body, odd);
  }
}

TEST(BybitTransfers, WhatIsSentIsWhatPeopleHaveRead) {
  for (const ProposedTransfer& each : {waiting(), between()}) {
    const auto request = bybit().request(each.asked, each.id);
    ASSERT_TRUE(request);
    const Transfer again = read_again(exchange(), *request);
    EXPECT_TRUE(moves_the_same(again, each.asked));
    EXPECT_EQ(again.client_id, kOwnId);
  }
  Transfer nameless = waiting().asked;
  nameless.client_id.clear();
  EXPECT_FALSE(bybit().request(nameless, 1));
}

TEST(BybitTransfers, OnlySuccessIsAnEnd) {
  const auto sent = [](const std::string& status) {
    return bybit().sent(answered(R"({"retCode":0,"retMsg":"success","result":{"transferId":")" +
                                 std::string(kOwnId) + R"(","status":")" + status +
                                 R"("},"retExtInfo":{},"time":1})"));
  };
  EXPECT_EQ(sent("SUCCESS")->exchange_id, kOwnId);
  for (const char* status : {"PENDING", "STATUS_UNKNOWN", "FAILED", ""}) {
    EXPECT_FALSE(sent(status)) << status;
  }
}

TEST(BybitTransfers, ItIsFoundAgainByItsId) {
  const SentTransfer sent{kProposal, waiting().asked, kAsked};
  EXPECT_EQ(bybit().history_request(sent, kAsked).query, "transferId=" + std::string(kOwnId));
  const auto found = [&](const std::string& body) {
    return bybit().find(sent, answered(body), {});
  };
  EXPECT_EQ(found(row_of_ours("SUCCESS"))->state, TransferState::kDone);
  EXPECT_EQ(found(row_of_ours("FAILED"))->state, TransferState::kFailed);
  EXPECT_EQ(found(row_of_ours("STATUS_UNKNOWN"))->state, TransferState::kPending);
  EXPECT_EQ(found(row_of_ours("SUCCESS", "4999")).error().code, "transfer.other");
  EXPECT_EQ(found(row_of_ours("SUCCESS", "5000", kAsked - std::chrono::days{8})).error().code,
            "transfer.other")
      << "a program's, of which the gate knows no more";
  EXPECT_EQ(found(std::string(kDocumented)).error().code, "transfer.absent");
  EXPECT_EQ(found("{}").error().code, "upstream.answer");
  const std::vector<std::string> others = {kOwnId};
  EXPECT_EQ(bybit().find(sent, answered(row_of_ours("SUCCESS")), others).error().code,
            "transfer.other");
}

}  // namespace
}  // namespace keystile::exchanges::bybit
