// A signer with an account of OKX and two clients on it.
#pragma once

#include "exchanges/okx/okx.h"
#include "signer/signer_for_test.h"

namespace keystile::signer {

inline constexpr const char* kOkxPolicy = R"(
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
name = "trader"
account = "okx"
key_id = "0f8fad5b-d9cb-469f-a165-70867728950e"
vault = "client/trader"
scopes = ["market", "read", "trade"]
networks = ["127.0.0.1"]
instruments = ["BTC-USDT"]
products = ["spot"]
max_order_notional = "1000"
daily_exposure = "2500"
orders_per_second = 50
open_orders = 10

[[client]]
name = "neighbour"
account = "okx"
key_id = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
vault = "client/neighbour"
scopes = ["market", "read", "trade"]
networks = ["127.0.0.1"]
instruments = ["BTC-USDT"]
products = ["spot"]
max_order_notional = "1000"
daily_exposure = "2500"
)";

inline constexpr std::string_view kKeyId = "0f8fad5b-d9cb-469f-a165-70867728950e",
                                  kNeighbourId = "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                                  kPhrase = "Pass-phrase1";

inline HttpResponse okx_says(const std::string& data) {
  return {200, {}, R"({"code":"0","msg":"","data":[)" + data + "]}"};
}

class OkxSignerTest : public SignerTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    for (const auto& [name, id] : {std::pair{"key/okx/read", "okx-read"},
                                   {"key/okx/trade", "okx-trade"},
                                   {"client/trader", kKeyId.data()},
                                   {"client/neighbour", kNeighbourId.data()}}) {
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

  Inbound post(std::string path, std::string body, std::string_view key_id = kKeyId) {
    const std::string time = iso8601(clock_.wall());
    const auto key =
        crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret_of(kBotSecret));
    HttpRequest request{"POST", std::move(path), "", false, {}, std::move(body)};
    request.headers = {
        {"OK-ACCESS-KEY", std::string(key_id)},
        {"OK-ACCESS-TIMESTAMP", time},
        {"OK-ACCESS-SIGN", base64_encode(*key->sign(time + "POST" + request.path + request.body))},
        {"OK-ACCESS-PASSPHRASE", std::string(kPhrase)}};
    return {&exchanges::okx::exchange(), "test", std::move(request),
            *policy::parse_address("127.0.0.1")};
  }

  policy::Usage usage() { return realm_->books().usage("trader", clock_.wall()); }
};

inline Error lost() { return {"net.lost", "no", ErrorClass::kOutcomeUnknown}; }

}  // namespace keystile::signer
