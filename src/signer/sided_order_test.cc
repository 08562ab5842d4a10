// OKX's order with a take profit and a stop loss: two legs to judge, but one order with one id.
#include <gtest/gtest.h>

#include "exchanges/okx/okx.h"
#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

constexpr const char* kOkxPolicy = R"(
[[environment.upstream]]
exchange = "okx"
hosts = { rest = "https://localhost:2" }

[[account]]
name = "okx"
exchange = "okx"
environment = "test"
kind = "trading"
[[account.key]]
role = "read"
vault = "key/okx/read"
[[account.key]]
role = "trade"
vault = "key/okx/trade"

[[client]]
name = "sided"
account = "okx"
key_id = "0f8fad5b-d9cb-469f-a165-70867728950e"
vault = "client/sided"
scopes = ["market", "read", "trade"]
networks = ["127.0.0.1"]
instruments = ["BTC-USDT"]
products = ["spot"]
max_order_notional = "1000"
daily_exposure = "2500"
orders_per_second = 50
open_orders = 10
)";

constexpr std::string_view kKeyId = "0f8fad5b-d9cb-469f-a165-70867728950e",
                           kPhrase = "Pass-phrase1";

HttpResponse okx_says(const std::string& data) {
  return {200, {}, R"({"code":"0","msg":"","data":[)" + data + "]}"};
}

class SidedOrderTest : public SignerTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    for (const auto& [name, id] : {std::pair{"key/okx/read", "okx-read"},
                                   {"key/okx/trade", "okx-trade"},
                                   {"client/sided", kKeyId.data()}}) {
      add_okx_key(name, id);
    }
    std::string policy = kPolicy;
    const size_t account = policy.find("[[environment]]\nname = \"staging\"");
    policy.insert(account, kOkxPolicy);
    write(Layout(root_).policy() + "/desk.toml", policy);
    restart();
    const auto adopted = signer_->control(json::object({{"do", "adopt"}, {"by", "test"}}));
    ASSERT_TRUE(adopted) << adopted.error().message;
    clock_.advance(std::chrono::seconds{3});
    round();
  }

  void add_okx_key(const std::string& name, std::string_view id) {
    const Layout layout(root_);
    auto opened = vault::Vault::open(layout.vault("test"), "test",
                                     *vault::unlock_from_file(layout.unlock_key("test")));
    vault::NewEntry entry;
    entry.name = name;
    entry.key_id = id;
    entry.algorithm = crypto::KeyAlgorithm::kHmacSha256;
    entry.secret = secret_of(kBotSecret);
    entry.passphrase = secret_of(kPhrase);
    ASSERT_TRUE(opened->add(std::move(entry), clock_));
  }

  // Answers the errands about the market; the others stay in seen_errands_.
  void round() {
    seen_errands_.clear();
    answer_errands();
    std::vector<Errand> about_orders;
    for (const Errand& errand : seen_errands_) {
      const std::string& path = errand.request.path;
      if (path == "/api/v5/public/instruments") {
        signer_->errand_done(
            errand.id,
            okx_says(
                R"({"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","state":"live"})"));
      } else if (path == "/api/v5/market/tickers") {
        signer_->errand_done(errand.id,
                             okx_says(R"({"instType":"SPOT","instId":"BTC-USDT","last":"50000"})"));
      } else if (path == "/api/v5/trade/order-algo" || path == "/api/v5/trade/order") {
        about_orders.push_back(errand);
      }
    }
    seen_errands_ = std::move(about_orders);
  }

  // What is asked about orders within so many rounds of the longest pause between two questions.
  std::vector<Errand> asked_in(int rounds) {
    std::vector<Errand> asked;
    for (int i = 0; i < rounds; ++i) {
      clock_.advance(std::chrono::seconds{11});
      round();
      asked.insert(asked.end(), seen_errands_.begin(), seen_errands_.end());
    }
    return asked;
  }

  Inbound post(std::string path, std::string body) {
    const std::string time = iso8601(clock_.wall());
    const auto key =
        crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret_of(kBotSecret));
    HttpRequest request{"POST", std::move(path), "", false, {}, std::move(body)};
    request.headers = {
        {"OK-ACCESS-KEY", std::string(kKeyId)},
        {"OK-ACCESS-TIMESTAMP", time},
        {"OK-ACCESS-SIGN", base64_encode(*key->sign(time + "POST" + request.path + request.body))},
        {"OK-ACCESS-PASSPHRASE", std::string(kPhrase)}};
    return {&exchanges::okx::exchange(), "test", std::move(request),
            *policy::parse_address("127.0.0.1")};
  }

  // Sends an order of two sides without an id, and gives the id that Keystile put into it.
  std::string placed(Result<HttpResponse> answer) {
    Step step = signer_->begin(post(
        "/api/v5/trade/order-algo",
        R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","sz":"0.01","ordType":"oco",)"
        R"("tpTriggerPx":"41000","tpOrdPx":"40000","slTriggerPx":"59000","slOrdPx":"60000"})"));
    const Forward* forward = std::get_if<Forward>(&step);
    if (!forward) {
      ADD_FAILURE() << std::get<Answer>(step).response.body;
      return "";
    }
    const std::string id(json::parse(forward->request.body)->text("algoClOrdId"));
    EXPECT_NE(id, "");
    (void)signer_->finish(forward->ticket, std::move(answer));
    return id;
  }

  policy::Usage usage() { return realm_->books().usage("sided", clock_.wall()); }
};

Error lost() { return {"net.lost", "no", ErrorClass::kOutcomeUnknown}; }

TEST_F(SidedOrderTest, IsAskedForOnceByItsOneIdAndEndsAsAWhole) {
  const std::string id = placed(tl::unexpected(lost()));
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  const auto asked = asked_in(1);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].request.query, "algoClOrdId=" + id);
  signer_->errand_done(asked[0].id,
                       okx_says(R"({"algoId":"7","algoClOrdId":")" + id + R"(","state":"live"})"));
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  const auto again = asked_in(1);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].request.query, "algoId=7");
  signer_->errand_done(
      again[0].id, okx_says(R"({"algoId":"7","algoClOrdId":")" + id + R"(","state":"canceled"})"));
  EXPECT_EQ(usage().exposure_24h.str(), "0");
  EXPECT_EQ(usage().open_orders, 0u);
  EXPECT_TRUE(asked_in(2).empty());
  restart();  // and so it stands in the ledger
  EXPECT_EQ(usage().exposure_24h.str(), "0");
  EXPECT_EQ(usage().open_orders, 0u);
}

TEST_F(SidedOrderTest, OneOfItsSidesFilledCounts) {
  const std::string id = placed(tl::unexpected(lost()));
  const auto asked = asked_in(1);
  ASSERT_EQ(asked.size(), 1u);
  signer_->errand_done(asked[0].id,
                       okx_says(R"({"algoId":"7","algoClOrdId":")" + id +
                                R"(","state":"effective","sz":"0.01","actualSide":"tp"})"));
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  EXPECT_EQ(usage().open_orders, 0u);
}

TEST_F(SidedOrderTest, IsCancelledByEitherIdButNotAmended) {
  const std::string id =
      placed(okx_says(R"({"algoId":"7","algoClOrdId":"","sCode":"0","sMsg":""})"));
  for (const std::string& name :
       {std::string(R"("algoId":"7")"), R"("algoClOrdId":")" + id + "\""}) {
    const std::string named = R"({"instId":"BTC-USDT",)" + name;
    EXPECT_EQ(verdict(post("/api/v5/trade/amend-algos", named + R"(,"newSz":"0.02"})")),
              "order.amend_sides");
    EXPECT_EQ(verdict(post("/api/v5/trade/cancel-algos", "[" + named + "}]")), "forwarded");
  }
  // The cancel says only that it was taken, so the order is asked for at once, and once.
  clock_.advance(std::chrono::seconds{2});
  round();
  ASSERT_EQ(seen_errands_.size(), 1u);
  EXPECT_EQ(seen_errands_[0].request.query, "algoId=7");
}

}  // namespace
}  // namespace keystile::signer
