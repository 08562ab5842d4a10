// Both sides of a withdrawal at once: what exchanges/withdrawals.h writes, the simulated exchange
// carries out, and what that answers is read and found again. The same for every exchange.
#include "exchanges/withdrawals.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "sandbox/control.h"
#include "sandbox/frontend.h"
#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"

namespace keystile::sandbox {
namespace {

using exchanges::SentWithdrawal;
using exchanges::WithdrawalStage;

constexpr WallTime kStart{Millis{1'760'000'000'000}};
constexpr std::string_view kKeyId = "withdrawKey";
constexpr uint64_t kProposal = 4503599627370497;
constexpr std::string_view kAddress = "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW";

SecretBytes secret(std::string_view text) { return std::move(*SecretBytes::copy_of(text)); }

struct Market {
  std::string exchange, network;
};

class Withdrawing : public testing::TestWithParam<Market> {
 protected:
  Withdrawing() {
    const Status added = add_hmac_key(*venue_, std::string(kKeyId), secret("22582BD0CFF14C41"),
                                      secret("Pass-phrase1"),
                                      {.account = "master",
                                       .permissions = {"read", "withdraw"},
                                       .addresses = {"127.0.0.1"},
                                       .expires = {},
                                       .label = "test"});
    EXPECT_TRUE(added);
    facts_.asset = "USDT";
    facts_.amount = Decimal(100);
    facts_.network = GetParam().network;
    facts_.address = kAddress;
  }

  HttpResponse send(const HttpRequest& unsigned_request) {
    const exchanges::Route* route =
        exchange_.routes().find(unsigned_request.method, unsigned_request.path);
    const SecretBytes passphrase = secret("Pass-phrase1");
    const auto key =
        crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret("22582BD0CFF14C41"));
    const auto request = exchange_.sign(unsigned_request, *route, {kKeyId, &*key, &passphrase},
                                        now_, Millis(5000), {});
    venue_->advance(now_);
    return frontend_->handle(*request, "127.0.0.1", now_);
  }

  std::string ask(uint64_t id = kProposal) {
    const auto answer = send(protocol_.request(facts_, id, now_).value());
    const auto sent = protocol_.sent_id(answer);
    return sent ? *sent : "refused";
  }

  // What the history says now; kUnknown: nothing.
  WithdrawalStage stage(const std::string& exchange_id, uint64_t id = kProposal) {
    const SentWithdrawal sent{
        .id = id, .facts = facts_, .sent_at = kStart, .exchange_id = exchange_id};
    const auto history = protocol_.read_history(send(protocol_.history_request(sent, now_)));
    if (!history) {
      ADD_FAILURE() << history.error().message;
      return WithdrawalStage::kUnknown;
    }
    const auto found = find_sent(protocol_, sent, *history, {});
    if (!found) {
      ADD_FAILURE() << found.error().message;
      return WithdrawalStage::kUnknown;
    }
    return *found ? (*found)->stage : WithdrawalStage::kUnknown;
  }

  json::Value control(std::string method, std::string path, std::string body = {}) {
    HttpRequest request = request_to(std::move(method), "/__sandbox__/" + path);
    request.body = std::move(body);
    return json::parse(sandbox::control(*venue_, request, "127.0.0.1").body).value();
  }

  WallTime now_ = kStart;
  SeededRandom random_{1};
  std::unique_ptr<Venue> venue_ = seed_venue(GetParam().exchange, random_, kStart).value();
  std::unique_ptr<Frontend> frontend_ = make_frontend(GetParam().exchange, *venue_).value();
  const exchanges::Exchange& exchange_ = *exchanges::find_exchange(GetParam().exchange);
  const exchanges::Withdrawals& protocol_ = exchanges::withdrawals_of(exchange_);
  exchanges::Withdrawal facts_;
};

TEST_P(Withdrawing, OneIsSentAndFoundUntilItIsDone) {
  const std::string id = ask();
  ASSERT_NE(id, "refused");
  EXPECT_NE(stage(id), WithdrawalStage::kUnknown);
  now_ += std::chrono::seconds(20);
  EXPECT_EQ(stage(id), WithdrawalStage::kDone);
  const json::Value all = control("GET", "withdrawals");
  ASSERT_EQ(all.find("withdrawals")->if_array()->size(), 1u);
  const json::Value& left = all.find("withdrawals")->if_array()->front();
  EXPECT_EQ(left.text("client_id"), std::to_string(kProposal));
  EXPECT_EQ(left.text("address"), kAddress);
  EXPECT_EQ(left.text("amount"), "100");
  EXPECT_EQ(left.text("state"), "completed");
}

// Its answer was lost: the history tells.
TEST_P(Withdrawing, OneWhoseAnswerWasLostIsFoundOnceTheHistoryShowsIt) {
  venue_->faults().history_lag = std::chrono::seconds(30);
  ask();
  now_ += std::chrono::seconds(10);
  EXPECT_EQ(stage(""), WithdrawalStage::kUnknown) << "the history lags";
  now_ += std::chrono::seconds(25);
  EXPECT_EQ(stage(""), WithdrawalStage::kDone);
}

// What keeps a second try from paying twice, should there ever be one.
TEST_P(Withdrawing, TheSameIdPaysOnce) {
  ASSERT_NE(ask(), "refused");
  EXPECT_EQ(ask(), "refused");
  EXPECT_NE(ask(kProposal + 1), "refused");
}

TEST_P(Withdrawing, TimesCanBeSetAndOneCanFail) {
  control("POST", "withdrawals", R"({"processing_ms": 60000, "chain_ms": 0})");
  const std::string id = ask();
  now_ += std::chrono::seconds(50);
  EXPECT_NE(stage(id), WithdrawalStage::kDone);
  EXPECT_EQ(control("POST", "withdrawals", R"({"fail": ")" + std::to_string(kProposal) + "\"}")
                .text("error"),
            "");
  EXPECT_EQ(stage(id), WithdrawalStage::kFailed);
  EXPECT_EQ(control("POST", "withdrawals", R"({"fail": "1"})").text("error"), "withdraw.unknown");
  EXPECT_EQ(control("POST", "withdrawals", R"({"chain_ms": 0})").text("error"),
            "withdrawals.times");
}

TEST_P(Withdrawing, OnlyToSavedAddressesIfTheAccountSaysSo) {
  control("POST", "addresses", R"({"account": "master", "only_saved": true})");
  EXPECT_EQ(ask(), "refused");
  control("POST", "addresses",
          R"({"account": "master", "save": {"asset": "USDT", "network": "TRX", "address": ")" +
              std::string(kAddress) + "\"}}");
  EXPECT_NE(ask(), "refused");
}

// A program's own question, with a proposal that waits beside the one that was sent.
TEST_P(Withdrawing, TheMergedHistoryShowsBoth) {
  const std::string sent_id = ask();
  exchanges::ProposedWithdrawal sent;
  sent.id = kProposal;
  sent.asked = facts_;
  sent.created = kStart;
  sent.updated = kStart;
  sent.stage = WithdrawalStage::kSending;
  sent.exchange_id = sent_id;
  exchanges::ProposedWithdrawal waiting = sent;
  waiting.id = kProposal + 1;
  waiting.stage = WithdrawalStage::kWaiting;
  waiting.exchange_id.clear();
  now_ += std::chrono::seconds(1);
  HttpRequest question = protocol_.history_request(
      {.id = 1, .facts = facts_, .sent_at = kStart, .exchange_id = {}}, now_);
  question.query = GetParam().exchange == "okx" ? "ccy=USDT" : "coin=USDT";
  const std::vector<exchanges::ProposedWithdrawal> known{sent, waiting};
  const auto asked = protocol_.read_question(question, known).value();
  const HttpResponse upstream = send(*asked.upstream);
  const std::string merged = protocol_.history_answer(asked, &upstream, now_).body;
  EXPECT_NE(merged.find('"' + std::to_string(kProposal) + '"'), std::string::npos) << merged;
  EXPECT_NE(merged.find('"' + std::to_string(kProposal + 1) + '"'), std::string::npos) << merged;
  EXPECT_EQ(merged.find('"' + sent_id + '"'), std::string::npos) << "the program knows no such id";
}

INSTANTIATE_TEST_SUITE_P(Exchanges, Withdrawing,
                         testing::Values(Market{"binance", "TRX"}, Market{"okx", "USDT-TRC20"},
                                         Market{"bybit", "TRX"}),
                         [](const auto& market) { return market.param.exchange; });

}  // namespace
}  // namespace keystile::sandbox
