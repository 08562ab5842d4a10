#include "exchanges/transfers.h"

#include <gtest/gtest.h>

#include "exchanges/okx/okx.h"
#include "exchanges/transfer_rows.h"
#include "exchanges/transfers_for_test.h"

namespace keystile::exchanges::okx {
namespace {

constexpr std::string_view kState = "/api/v5/asset/transfer-state";

// The answer of the document's section "Get funds transfer state".
constexpr std::string_view kDocumented =
    R"({"code":"0","data":[{"amt":"1.5","ccy":"USDT","clientId":"","from":"18","instId":"",)"
    R"("state":"success","subAcct":"test","to":"6","toInstId":"","transId":"1","type":"1"}],"msg":""})";

const Transfers& okx() { return transfers_of(exchange()); }

ProposedTransfer waiting(TransferState state = TransferState::kPending) {
  return proposed_transfer("funding", "trading", "move1", state);
}
ProposedTransfer to_account(std::string account) {
  ProposedTransfer made = waiting();
  made.asked.to_account = std::move(account);
  return made;
}

std::string told(std::string_view query, std::vector<ProposedTransfer> known,
                 std::string_view upstream = kDocumented) {
  const auto question =
      okx().read_question(request_to("GET", std::string(kState) + std::string(query)), known);
  const HttpResponse answer = answered(std::string(upstream));
  return okx().history_answer(*question, question->upstream ? &answer : nullptr, kAsked).body;
}

HttpRequest asked_with(const std::string& body) {
  HttpRequest request = request_to("POST", "/api/v5/asset/transfer");
  request.body = body;
  return request;
}

TEST(OkxTransfers, AProgramIsAnsweredWithTheProposalsId) {
  EXPECT_EQ(okx().asked_answer(waiting(), kAsked).body,
            R"({"code":"0","data":[{"transId":"9007199254740001","ccy":"USDT","clientId":"move1",)"
            R"("from":"6","amt":"5000","to":"18"}],"msg":""})");
}

TEST(OkxTransfers, TheStateIsPendingUntilItIsKnown) {
  const std::string by_id = "?transId=9007199254740001", by_own_id = "?clientId=move1";
  for (const std::string& query : {by_id, by_own_id, by_id + "&clientId=move1"}) {
    const std::string body = told(query, {waiting()});
    EXPECT_NE(body.find(R"("state":"pending")"), body.npos) << body;
    EXPECT_NE(body.find(R"("transId":"9007199254740001")"), body.npos) << body;
  }
  const auto state = [&](TransferState each) {
    return std::string(
        json::parse(told(by_id, {waiting(each)}))->find("data")->if_array()->front().text("state"));
  };
  EXPECT_EQ(state(TransferState::kDone), "success");
  EXPECT_EQ(state(TransferState::kFailed), "failed");
}

TEST(OkxTransfers, OthersAreAskedForAtTheExchange) {
  EXPECT_EQ(told("?transId=1", {waiting()}), kDocumented);
  EXPECT_EQ(told("?clientId=other", {waiting()}), kDocumented);
  ProposedTransfer sent = waiting(TransferState::kDone);
  sent.exchange_id = "1";
  const std::string body = told("?transId=1", {sent});
  EXPECT_NE(body.find(R"("transId":"9007199254740001")"), body.npos) << body;
  EXPECT_NE(body.find(R"("clientId":"move1")"), body.npos) << body;
  EXPECT_EQ(told("?transId=1", {waiting()}, R"({"code":"58129","data":[],"msg":"no"})"),
            R"({"code":"58129","data":[],"msg":"no"})");
}

TEST(OkxTransfers, WhatIsSentIsWhatPeopleHaveRead) {
  ProposedTransfer from_sub = waiting();
  from_sub.asked.from_account = "desk2";
  for (const ProposedTransfer& each :
       {waiting(), to_account("desk2"), to_account("master"), from_sub}) {
    const auto request = okx().request(each.asked, each.id);
    ASSERT_TRUE(request);
    const Transfer again = read_again(exchange(), *request);
    EXPECT_TRUE(moves_the_same(again, each.asked)) << request->body;
    EXPECT_EQ(again.client_id, "keystile9007199254740001");
    EXPECT_EQ(again.client_id, okx().sent_as(each.asked, each.id));
  }
  ProposedTransfer between = to_account("desk2");
  between.asked.from_account = "desk1";
  EXPECT_EQ(okx().request(between.asked, 1).error().code, "transfer.unsupported");
}

TEST(OkxTransfers, WhatCouldNotBeToldApartCannotWait) {
  const auto can_wait = [](const std::string& body, const ProposedTransfer& asked) {
    return okx().check_can_wait(asked_with(body), asked.asked).has_value();
  };
  EXPECT_TRUE(can_wait("{}", waiting()));
  EXPECT_TRUE(can_wait(R"({"type":"1"})", to_account("desk2")));
  EXPECT_TRUE(can_wait(R"({"type":"3"})", to_account("master")));
  EXPECT_FALSE(can_wait(R"({"type":"4"})", to_account("desk2")));
  EXPECT_FALSE(can_wait(R"({"type":"1"})", to_account("master")));
}

TEST(OkxTransfers, UnderOurIdItIsOursOnlyBetweenTheAccountsThatPeopleHaveRead) {
  const auto code = [&](const Transfer& facts, const std::string& accounts) {
    const auto found = okx().find(
        {kProposal, facts, kAsked},
        answered(R"({"code":"0","data":[{"amt":"5000","ccy":"USDT","clientId":)"
                 R"("keystile9007199254740001","from":"6","to":"18","state":"success",)" +
                 accounts + R"(,"transId":"7"}],"msg":""})"),
        {});
    return found ? "" : found.error().code;
  };
  Transfer out = to_account("desk2").asked;
  out.from = "funding";
  out.to = "trading";
  EXPECT_EQ(code(out, R"("type":"1","subAcct":"desk2")"), "");
  EXPECT_EQ(code(out, R"("type":"1","subAcct":"mallory")"), "transfer.other");
  EXPECT_EQ(code(out, R"("type":"0","subAcct":"")"), "transfer.other");
  EXPECT_EQ(code(waiting().asked, R"("type":"0","subAcct":"")"), "");
  EXPECT_EQ(code(waiting().asked, R"("type":"1","subAcct":"desk2")"), "transfer.other");
}

TEST(OkxTransfers, OnlyTheStateProvesIt) {
  const SentTransfer sent{kProposal, waiting().asked, kAsked};
  EXPECT_FALSE(okx().sent(answered(R"({"code":"0","data":[{"transId":"7"}],"msg":""})")));
  EXPECT_EQ(okx().history_request(sent, kAsked).query, "clientId=keystile9007199254740001&type=0");
  const auto found = [&](const std::string& state, const std::string& amount = "5000",
                         const std::string& own_id = "keystile9007199254740001") {
    return okx().find(sent,
                      answered(R"({"code":"0","data":[{"amt":")" + amount +
                               R"(","ccy":"USDT","clientId":")" + own_id +
                               R"(","from":"6","to":"18",)"
                               R"("state":")" +
                               state + R"(","transId":"7","type":"0"}],"msg":""})"),
                      {});
  };
  EXPECT_EQ(found("success")->state, TransferState::kDone);
  EXPECT_EQ(found("success")->exchange_id, "7");
  EXPECT_EQ(found("failed")->state, TransferState::kFailed);
  EXPECT_EQ(found("pending")->state, TransferState::kPending);
  EXPECT_EQ(found("something new")->state, TransferState::kPending);
  EXPECT_EQ(found("success", "5001").error().code, "transfer.other");
  EXPECT_EQ(found("success", "5000", "9007199254740001").error().code, "transfer.absent");
  EXPECT_EQ(okx().find(sent, answered(std::string(kDocumented)), {}).error().code,
            "transfer.absent");
  EXPECT_EQ(okx().find(sent, answered(R"({"code":"58129","data":[],"msg":""})"), {}).error().code,
            "upstream.answer");
}

}  // namespace
}  // namespace keystile::exchanges::okx
