// Transfers by the exchange's own calls, on a real realm: the small ones go straight through, the
// larger ones become proposals, and nothing of those leaves.
#include "signer/transfers.h"

#include <fmt/format.h>

#include "quorum/approvers_for_test.h"
#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

using quorum::KeyForTest;
using quorum::State;

constexpr std::string_view kMoverKey = "virtualKEYofMOV003", kPeerKey = "virtualKEYofPEE004",
                           kSecret = "virtual-secret-of-mover-00000000003",
                           kTransferKeyId = "realkeyTRANSF0003";
constexpr const char* kFirst = "00000000-0000-4000-8000-000000000001";
constexpr const char* kSecond = "00000000-0000-4000-8000-000000000002";

const KeyForTest kAlice{"alice"}, kBob{"bob"};

std::string client_toml(const std::string& name, std::string_view key_id) {
  return "[[client]]\nname = \"" + name +
         "\"\naccount = \"main\"\nprofile = \"transfers\"\nkey_id = \"" + std::string(key_id) +
         "\"\nvault = \"client/" + name +
         "\"\nnetworks = [\"127.0.0.1\"]\ntransfer_assets = [\"USDT\"]\n"
         "max_transfer = \"10000\"\ntransfer_approval_above = \"500\"\n"
         "transfer_pairs = [\"FUND -> UNIFIED\"]\n";
}

std::string approver_toml(const std::string& name, const KeyForTest& key) {
  return "[[approver]]\nname = \"" + name + "\"\ngroups = [\"treasury\"]\nkeys = [\"" +
         key.key().line() + "\"]\n";
}

constexpr const char* kQuorum = R"(
[[quorum]]
actions = ["policy", "approvers", "transfer"]
approvals = { treasury = 2 }
hold = "0s"
)";

class TransfersTest : public SignerTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    for (const auto& [name, key] : {std::pair("mover", kMoverKey), std::pair("peer", kPeerKey)}) {
      add_secret("test", std::string("client/") + name, key, crypto::KeyAlgorithm::kHmacSha256,
                 secret_of(kSecret));
    }
    add_secret("test", "key/main/transfer", kTransferKeyId, crypto::KeyAlgorithm::kHmacSha256,
               secret_of(kRealSecret));
    std::string desk = kPolicy;
    const std::string trade = "[[account.key]]\nrole = \"trade\"";
    desk.insert(desk.find(trade),
                "[[account.key]]\nrole = \"transfer\"\nvault = \"key/main/transfer\"\n");
    write(Layout(root_).policy() + "/desk.toml", desk);
    write(Layout(root_).policy() + "/movers.toml",
          client_toml("mover", kMoverKey) + client_toml("peer", kPeerKey) + kQuorum +
              approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
              approver_toml("carol", KeyForTest("carol")));
    const auto adopted = realm_->adopt("genesis");
    ASSERT_TRUE(adopted) << adopted.error().message;
    start();
  }

  Inbound transfer(std::string_view amount, std::string_view own_id,
                   std::string_view key = kMoverKey, std::string_view to = "UNIFIED") {
    clock_.advance(Millis{1});
    const json::Value body = json::object({{"transferId", own_id},
                                           {"coin", "USDT"},
                                           {"amount", amount},
                                           {"fromAccountType", "FUND"},
                                           {"toAccountType", to}});
    return inbound("POST", "/v5/asset/transfer/inter-transfer", "", json::dump(body), key, kSecret);
  }

  // "transferId status" of the exchange's own answer; else the rule that refused it, or
  // "forwarded".
  std::string ask(Inbound request) {
    const Step step = signer_->begin(std::move(request));
    const Answer* answer = std::get_if<Answer>(&step);
    if (!answer) return "forwarded";
    if (const std::string* reason = find_header(answer->response.headers, "X-Keystile-Reason")) {
      return reason->substr(0, reason->find(';'));
    }
    const auto body = json::parse(answer->response.body);
    EXPECT_EQ(body->text("retCode"), "0") << answer->response.body;
    const json::Value& result = *body->find("result");
    return std::string(result.text("transferId")) + " " + std::string(result.text("status"));
  }

  // "transferId status" of each row that the program is shown; the exchange has one of its own.
  std::string shown(std::string_view key = kMoverKey) {
    clock_.advance(Millis{1});
    Step step = signer_->begin(inbound("GET", "/v5/asset/transfer/query-inter-transfer-list",
                                       "coin=USDT", "", key, kSecret));
    Forward* forward = std::get_if<Forward>(&step);
    EXPECT_TRUE(forward);
    if (!forward) return "";
    EXPECT_EQ(*find_header(forward->request.headers, "X-BAPI-API-KEY"), kReadKeyId);
    const HttpResponse merged = signer_->finish(
        forward->ticket,
        HttpResponse{
            200,
            {},
            R"({"retCode":0,"retMsg":"success","result":{"list":[{"transferId":"t-1","coin":"USDT",)"
            R"("amount":"5","fromAccountType":"FUND","toAccountType":"UNIFIED",)"
            R"("timestamp":"1700000000000","status":"SUCCESS"}],"nextPageCursor":""},)"
            R"("retExtInfo":{},"time":1})"});
    const auto body = json::parse(merged.body);
    std::string text;
    for (const json::Value& row : *body->find("result")->find("list")->if_array()) {
      text += std::string(row.text("transferId")) + " " + std::string(row.text("status")) + "\n";
    }
    return text;
  }

  const quorum::Case& only() const {
    EXPECT_EQ(realm_->proposals().all().size(), 1u);
    return realm_->proposals().all().begin()->second;
  }
};

const std::string kPending = std::string(kFirst) + " PENDING";

TEST_F(TransfersTest, UpToTheLimitItGoesStraightThrough) {
  Step step = signer_->begin(transfer("500", kFirst));
  Forward* forward = std::get_if<Forward>(&step);
  ASSERT_TRUE(forward);
  EXPECT_EQ(*find_header(forward->request.headers, "X-BAPI-API-KEY"), kTransferKeyId);
  EXPECT_TRUE(forward->after);
  EXPECT_TRUE(realm_->proposals().all().empty());
}

TEST_F(TransfersTest, SeveralThatWaitNeverPassWhatTheirWalletHas) {
  answer_errands();  // the exchange tells its clock
  ask_for_balances();
  EXPECT_EQ(tell_balances({{"FUND", "1500"}}), "FUND ");
  EXPECT_EQ(ask(transfer("1500.01", kFirst)), "account.balance");
  EXPECT_EQ(ask(transfer("900", kFirst)), kPending);
  EXPECT_EQ(ask(transfer("900", kFirst)), kPending) << "asked again it is no second one";
  EXPECT_EQ(ask(transfer("600.01", kSecond, kPeerKey)), "account.balance");
  EXPECT_EQ(ask(transfer("600", kSecond, kPeerKey)), std::string(kSecond) + " PENDING");
  EXPECT_EQ(ask(transfer("500", "00000000-0000-4000-8000-000000000003")), "forwarded");
  const auto first = realm_->proposals().all().begin()->first;
  ASSERT_TRUE(realm_->record(quorum::Step{first, State::kCancelled, "", std::nullopt}));
  EXPECT_EQ(ask(transfer("900.01", "00000000-0000-4000-8000-000000000004")), "account.balance");
  EXPECT_EQ(ask(transfer("900", "00000000-0000-4000-8000-000000000005")),
            "00000000-0000-4000-8000-000000000005 PENDING");
}

TEST_F(TransfersTest, ABalanceThatIsNotKnownIsInNobodysWay) {
  EXPECT_EQ(ask(transfer("9000", kFirst)), kPending);
}

TEST_F(TransfersTest, AboveTheLimitItIsAProposalAndNothingLeaves) {
  EXPECT_EQ(ask(transfer("500.01", kFirst)), kPending);
  const quorum::Proposal& proposal = only().proposal;
  EXPECT_EQ(proposal.action(), policy::Action::kTransfer);
  const auto& facts = std::get<quorum::Transfer>(proposal.facts);
  EXPECT_EQ(facts.account, "main");
  EXPECT_EQ(facts.amount, Decimal::parse("500.01").value());
  EXPECT_EQ(facts.value, (quorum::Worth{facts.amount, "USD"}));
  EXPECT_EQ(facts.from, "FUND");
  EXPECT_EQ(facts.to, "UNIFIED");
  EXPECT_EQ(facts.own_id, kFirst);
  EXPECT_EQ(to_string(proposal.asker), "client mover");
  // On disk, behind the request that asked for it.
  EXPECT_EQ(realm_->ledger().durable(), realm_->ledger().size());
  EXPECT_EQ(
      measured("keystile_requests_total{environment=\"test\",exchange=\"bybit\",client=\"mover\","
               "scope=\"transfer\",verdict=\"hold\",rule=\"grant.scope\"}"),
      "1");
  EXPECT_EQ(ask(transfer("10000.01", kSecond)), "grant.max_transfer");
  EXPECT_EQ(ask(transfer("501", kSecond, kMoverKey, "CONTRACT")), "grant.transfer_pairs");
  EXPECT_EQ(ask(transfer("501", "not-a-uuid")), "transfer.unsupported");
}

// Somebody with a program's key splits what people would have to decide about.
TEST_F(TransfersTest, SplitInManyItIsStillForPeople) {
  const auto id = [](int i) { return fmt::format("00000000-0000-4000-8000-{:012}", i); };
  const auto passes = [&](int i, std::string_view amount) {
    Step step = signer_->begin(transfer(amount, id(i)));
    return std::get_if<Forward>(&step) != nullptr;
  };
  EXPECT_TRUE(passes(1, "200"));
  EXPECT_TRUE(passes(2, "200"));
  EXPECT_FALSE(passes(3, "100.01"));
  EXPECT_EQ(realm_->proposals().all().size(), 1u);
  EXPECT_TRUE(passes(4, "100")) << "what waits for people does not count";
  restart();
  EXPECT_EQ(ask(transfer("0.01", id(5))), id(5) + " PENDING");
  EXPECT_EQ(ask(transfer("400", id(6), kPeerKey)), "forwarded") << "another client's own day";
  clock_.advance(std::chrono::hours{24});
  answer_errands();
  EXPECT_TRUE(passes(7, "500"));
  EXPECT_FALSE(passes(8, "0.01"));
}

TEST_F(TransfersTest, WhatTheExchangeRefusedDoesNotCount) {
  for (const char* code : {"131212", "131212", "0"}) {
    Step step = signer_->begin(transfer("500", kFirst));
    Forward* forward = std::get_if<Forward>(&step);
    ASSERT_TRUE(forward) << code;
    signer_->finish(forward->ticket,
                    HttpResponse{200,
                                 {},
                                 std::string(R"({"retCode":)") + code +
                                     R"(,"retMsg":"","result":{},"retExtInfo":{},"time":1})"});
  }
  EXPECT_EQ(ask(transfer("0.01", kSecond)), std::string(kSecond) + " PENDING");
}

TEST_F(TransfersTest, AnIdServesOneTransferAlsoAfterARestart) {
  EXPECT_EQ(ask(transfer("600", kFirst)), kPending);
  EXPECT_EQ(ask(transfer("600.0", kFirst)), kPending);
  restart();
  EXPECT_EQ(ask(transfer("600", kFirst)), kPending);
  EXPECT_EQ(ask(transfer("601", kFirst)), "transfer.own_id");
  EXPECT_EQ(ask(transfer("6", kFirst)), "transfer.own_id");  // which would have gone through
  only();
}

// It would go out a second time, by the proposal's number.
TEST_F(TransfersTest, WhatWentStraightIsNotProposedByTheSameId) {
  ask(transfer("500", kFirst));  // and its answer is lost
  restart();
  EXPECT_EQ(ask(transfer("501", kFirst)), "transfer.own_id");
  EXPECT_TRUE(realm_->proposals().all().empty());
  EXPECT_EQ(ask(transfer("501", kSecond)), std::string(kSecond) + " PENDING");
}

// The executor's ids are refused to programs, whatever they would move.
TEST_F(TransfersTest, NoProgramTakesAnIdOfTheExecutors) {
  for (const char* own_id : {"keystile1795242600123", "KeyStile7", "keystile"}) {
    EXPECT_EQ(ask(transfer("6", own_id)), "transfer.own_id") << own_id;
    EXPECT_EQ(ask(transfer("600", own_id)), "transfer.own_id") << own_id;
  }
}

// Bybit takes each id once in an account, so that a second one under it would be taken for the
// first.
TEST_F(TransfersTest, AnIdIsOneTransfersInTheWholeAccount) {
  EXPECT_EQ(ask(transfer("600", kFirst)), kPending);
  for (const char* amount : {"600", "6"}) {
    EXPECT_EQ(ask(transfer(amount, kFirst, kPeerKey)), "transfer.own_id") << amount;
  }
  EXPECT_EQ(ask(transfer("6", kSecond)), "forwarded");
  for (const char* amount : {"600", "6"}) {
    EXPECT_EQ(ask(transfer(amount, kSecond, kPeerKey)), "transfer.own_id") << amount;
  }
  EXPECT_EQ(ask(transfer("6", kSecond)), "forwarded") << "its own the exchange itself refuses";
}

TEST_F(TransfersTest, TheHistoryShowsThemAmongTheExchangesOwn) {
  EXPECT_EQ(shown(), "t-1 SUCCESS\n");
  EXPECT_EQ(ask(transfer("600", kFirst)), kPending);
  EXPECT_EQ(shown(), kPending + "\nt-1 SUCCESS\n");
  EXPECT_EQ(shown(kPeerKey), "t-1 SUCCESS\n");
  ASSERT_TRUE(realm_->record(
      quorum::Event{quorum::Step{only().proposal.id, State::kCancelled, "", std::nullopt}}));
  EXPECT_EQ(shown(), std::string(kFirst) + " FAILED\nt-1 SUCCESS\n");
}

}  // namespace
}  // namespace keystile::signer
