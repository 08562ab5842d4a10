// A signer over a real realm in a temporary folder: vault, ledger, policy and exchange code are the
// real ones; only the exchange's answers are made here.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/encoding.h"
#include "base/temp_folder_for_test.h"
#include "exchanges/bybit/bybit.h"
#include "metrics/exposition.h"
#include "signer/realm.h"
#include "signer/signer.h"

namespace keystile::signer {

namespace fs = std::filesystem;

inline constexpr std::string_view kRealKeyId = "realkeyREALKEY0001",
                                  kReadKeyId = "realkeyREADKEY0002",
                                  kRealSecret = "the-real-secret-of-the-exchange-0001";
inline constexpr std::string_view kBotSecret = "virtual-secret-of-bot-0000000000001",
                                  kOtherSecret = "virtual-secret-of-other-000000000002";

// The ledger's thread reads it too.
class ManualClock final : public Clock {
 public:
  WallTime wall() const override {
    return from_epoch_ms(1'780'000'000'000) + passed_.load() + set_.load();
  }
  MonoTime mono() const override { return MonoTime{std::chrono::hours{1}} + passed_.load(); }
  void advance(Millis by) { passed_ = passed_.load() + by; }
  // Somebody sets the wall clock.
  void set_ahead(Millis by) { set_ = set_.load() + by; }

 private:
  std::atomic<Millis> passed_{Millis{0}}, set_{Millis{0}};
};

inline SecretBytes secret_of(std::string_view text) { return SecretBytes::copy_of(text).value(); }

inline void write(const fs::path& path, std::string_view text) {
  std::ofstream(path) << text;
  chmod(path.c_str(), 0600);
}

// One exchange, two accounts in two environments, two clients on the first account.
inline constexpr const char* kPolicy = R"(
[realm]
name = "desk"
currency = "USD"
currency_assets = ["USD", "USDT"]

[[environment]]
name = "test"
tier = "test"
[[environment.upstream]]
exchange = "bybit"
hosts = { rest = "https://localhost:1" }
rate_limit_percent = 1000
[[environment]]
name = "staging"
tier = "staging"

[[account]]
name = "main"
exchange = "bybit"
environment = "test"
kind = "trading"
[[account.key]]
role = "read"
vault = "key/main/read"
[[account.key]]
role = "trade"
vault = "key/main/trade"

[[client]]
name = "bot"
account = "main"
key_id = "virtualKEYofBOT001"
vault = "client/bot"
scopes = ["market", "read", "trade"]
networks = ["127.0.0.1"]
instruments = ["BTCUSDT"]
products = ["spot"]
max_order_notional = "1000"
daily_exposure = "2500"
orders_per_second = 50
reads_per_second = 100
open_orders = 10

[[client]]
name = "other"
account = "main"
key_id = "virtualKEYofOTH002"
vault = "client/other"
scopes = ["market", "read", "trade"]
networks = ["127.0.0.1"]
instruments = ["BTCUSDT"]
products = ["spot"]
max_order_notional = "1000"
daily_exposure = "2500"
)";

class SignerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* part : {"policy", "adopted", "vault", "unlock", "run"})
      fs::create_directories(fs::path(root_) / part);
    const Layout layout(root_);
    std::string settings = "[ledger]\norigin = \"keystile/desk\"\n";
    for (const std::string name : {"node", "test", "staging"}) {
      ASSERT_TRUE(vault::create_key_file(layout.unlock_key(name)));
      const auto unlock = vault::unlock_from_file(layout.unlock_key(name));
      ASSERT_TRUE(vault::Vault::create(layout.vault(name), name, *unlock, clock_));
      settings += "[unlock." + name + "]\nkey_file = \"unlock/" + name + ".key\"\n";
    }
    write(layout.settings(), settings);
    write(layout.policy() + "/desk.toml", kPolicy);
    auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kEd25519);
    add_secret("node", "ledger", "", crypto::KeyAlgorithm::kEd25519, std::move(pair->private_pem));
    for (const char* role : {"read", "trade"}) {
      const bool reads = role == std::string_view("read");
      add_secret("test", std::string("key/main/") + role, reads ? kReadKeyId : kRealKeyId,
                 crypto::KeyAlgorithm::kHmacSha256, secret_of(kRealSecret));
    }
    add_secret("test", "client/bot", "virtualKEYofBOT001", crypto::KeyAlgorithm::kHmacSha256,
               secret_of(kBotSecret));
    add_secret("test", "client/other", "virtualKEYofOTH002", crypto::KeyAlgorithm::kHmacSha256,
               secret_of(kOtherSecret));
    auto node = vault::Vault::open(layout.vault("node"), "node",
                                   *vault::unlock_from_file(layout.unlock_key("node")));
    ledger::Ledger::Options options;
    options.folder = layout.ledger();
    options.origin = "keystile/desk";
    const auto made = ledger::Ledger::create(options, *node->signing_key("ledger"), clock_);
    ASSERT_TRUE(made) << made.error().message;
    open();
    const auto adopted = realm_->adopt("test");
    ASSERT_TRUE(adopted) << adopted.error().message;
    start();
  }

  void TearDown() override { stop(); }

  void add_secret(const std::string& vault, const std::string& name, std::string_view key_id,
                  crypto::KeyAlgorithm algorithm, SecretBytes secret) {
    const Layout layout(root_);
    auto opened = vault::Vault::open(layout.vault(vault), vault,
                                     *vault::unlock_from_file(layout.unlock_key(vault)));
    vault::NewEntry entry;
    entry.name = name;
    entry.key_id = key_id;
    entry.algorithm = algorithm;
    entry.secret = std::move(secret);
    ASSERT_TRUE(opened->add(std::move(entry), clock_));
  }

  // The file as it was before it got an entry "key/later". take_in: the realm sees the newer one.
  void put_old_vault_back(const std::function<void()>& take_in) {
    const std::string path = Layout(root_).vault("test"), old = root_ + "/old.vault";
    fs::copy_file(path, old);
    add_secret("test", "key/later", "later", crypto::KeyAlgorithm::kHmacSha256,
               secret_of("later-secret"));
    take_in();
    fs::copy_file(old, path, fs::copy_options::overwrite_existing);
    chmod(path.c_str(), 0600);
  }

  void open() {
    auto realm = Realm::open(root_, nullptr, clock_, *disk_);
    ASSERT_TRUE(realm) << realm.error().message;
    realm_ = std::move(*realm);
  }

  void start() {
    signer_ = make_signer(*realm_, clock_, system_random());
    answer_errands();
  }

  void stop() {
    signer_.reset();
    realm_.reset();
  }

  void restart() {
    stop();
    open();
    start();
  }

  // Answers every due errand as Bybit would: one pair, at 50000.
  void answer_errands() {
    for (const Errand& errand : signer_->errands()) {
      HttpResponse response;
      if (errand.request.path == "/v5/market/time") {
        response.body = R"({"retCode":0,"retMsg":"OK","result":{"timeSecond":")" +
                        std::to_string(epoch_ms(exchange_time()) / 1000) + R"(","timeNano":")" +
                        std::to_string(epoch_ms(exchange_time()) * 1'000'000) +
                        R"("},"retExtInfo":{},"time":)" +
                        std::to_string(epoch_ms(exchange_time())) + "}";
      } else if (errand.request.path == "/v5/market/instruments-info") {
        response.body =
            R"({"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"symbol":"BTCUSDT","baseCoin":"BTC",)"
            R"("quoteCoin":"USDT","status":"Trading","lotSizeFilter":{"basePrecision":"0.000001","quotePrecision":"0.00000001",)"
            R"("minOrderQty":"0.000048","maxOrderQty":"71","minOrderAmt":"1","maxOrderAmt":"4000000"},"priceFilter":{"tickSize":"0.01"}}],"nextPageCursor":""},"retExtInfo":{},"time":1})";
      } else if (errand.request.path == "/v5/market/tickers") {
        response.body =
            R"({"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"symbol":"BTCUSDT","bid1Price":"49999","bid1Size":"1",)"
            R"("ask1Price":"50001","ask1Size":"1","lastPrice":"50000","prevPrice24h":"50000","price24hPcnt":"0","highPrice24h":"50000",)"
            R"("lowPrice24h":"50000","turnover24h":"1","volume24h":"1"}]},"retExtInfo":{},"time":)" +
            std::to_string(epoch_ms(exchange_time() - price_age_)) + "}";
      } else {
        seen_errands_.push_back(errand);
        continue;
      }
      signer_->errand_done(errand.id, std::move(response));
    }
  }

  Inbound inbound(std::string method, std::string path, std::string query, std::string body,
                  std::string_view key_id = "virtualKEYofBOT001",
                  std::string_view secret = kBotSecret) {
    const std::string timestamp = std::to_string(epoch_ms(exchange_time()));
    const auto key = crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret_of(secret));
    const std::string payload =
        timestamp + std::string(key_id) + window_ + (method == "GET" ? query : body);
    HttpRequest request{std::move(method), std::move(path), query, !query.empty(), {},
                        std::move(body)};
    request.headers = {{"X-BAPI-API-KEY", std::string(key_id)},
                       {"X-BAPI-TIMESTAMP", timestamp},
                       {"X-BAPI-RECV-WINDOW", window_},
                       {"X-BAPI-SIGN", hex_encode(*key->sign(payload))},
                       {"Content-Type", "application/json"}};
    return {&exchanges::bybit::exchange(), "test", std::move(request),
            *policy::parse_address("127.0.0.1")};
  }

  Inbound order(std::string_view quantity, std::string_view link,
                std::string_view key_id = "virtualKEYofBOT001",
                std::string_view secret = kBotSecret) {
    std::string body =
        R"({"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","price":"50000","qty":")" +
        std::string(quantity) + R"(","orderLinkId":")" + std::string(link) + "\"}";
    return inbound("POST", "/v5/order/create", "", std::move(body), key_id, secret);
  }

  // Its worth is not known without a price.
  Inbound market_sell() {
    return inbound(
        "POST", "/v5/order/create", "",
        R"({"category":"spot","symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"0.001"})");
  }

  static HttpResponse accepted(std::string_view order_id, std::string_view link) {
    return {200,
            {},
            R"({"retCode":0,"retMsg":"OK","result":{"orderId":")" + std::string(order_id) +
                R"(","orderLinkId":")" + std::string(link) +
                R"("},"retExtInfo":{},"time":1780000000000})"};
  }

  static HttpResponse balance(const std::string& asset, const std::string& total,
                              const std::string& free) {
    return {
        200,
        {},
        R"({"retCode":0,"retMsg":"success","result":{"accountType":"UNIFIED","balance":{"coin":")" +
            asset + R"(","transferBalance":")" + free + R"(","walletBalance":")" + total +
            R"(","bonus":""}},"retExtInfo":{},"time":1})"};
  }

  void ask_for_balances(Millis later = std::chrono::seconds{10}) {
    clock_.advance(later);
    answer_errands();
  }
  // Answers what was asked for, as it stands here or with a failure; the wallets.
  using Free = std::map<std::string, std::string>;
  std::string tell_balances(const Free& free) {
    std::string wallets;
    for (const Errand& errand : std::exchange(seen_errands_, {})) {
      if (errand.request.path != "/v5/asset/transfer/query-account-coin-balance") continue;
      EXPECT_EQ(*find_header(errand.request.headers, "X-BAPI-API-KEY"), kReadKeyId);
      const std::string& query = errand.request.query;
      const std::string wallet = query.substr(12, query.find('&') - 12);
      EXPECT_EQ(query, "accountType=" + wallet + "&coin=USDT");
      wallets += wallet + " ";
      const auto amount = free.find(wallet);
      if (amount == free.end()) {
        signer_->errand_done(errand.id, fail("upstream.closed", "no answer"));
        continue;
      }
      signer_->errand_done(errand.id, balance("USDT", amount->second, amount->second));
    }
    return wallets;
  }

  // The rule in X-Keystile-Reason, or "forwarded".
  std::string verdict(Inbound request) {
    Step step = signer_->begin(std::move(request));
    if (const Forward* forward = std::get_if<Forward>(&step)) {
      if (forward->ticket != 0)
        (void)signer_->finish(forward->ticket, accepted("x" + std::to_string(++orders_), ""));
      return "forwarded";
    }
    const std::string* reason =
        find_header(std::get<Answer>(step).response.headers, "X-Keystile-Reason");
    return reason ? reason->substr(0, reason->find(';')) : "unauthenticated";
  }

  std::vector<json::Value> entries() {
    (void)realm_->ledger().sync();
    std::vector<json::Value> out;
    EXPECT_TRUE(ledger::read(Layout(root_).ledger(), 0, [&](ledger::Index, std::string_view bytes) {
      out.push_back(*json::parse(bytes));
      return true;
    }));
    return out;
  }

  // The series of metrics() as OpenMetrics spells it up to the value, or "absent".
  std::string measured(const std::string& series) const {
    const std::string text = to_text(signer_->metrics(), metrics::Format::kOpenMetrics);
    const size_t at = text.find("\n" + series + " ");
    if (at == text.npos) return "absent";
    const size_t from = at + series.size() + 2;
    return text.substr(from, text.find('\n', from) - from);
  }

  WallTime exchange_time() const { return clock_.wall() - behind_; }

  ManualClock clock_;
  ledger::Disk* disk_ = &ledger::system_disk();
  Millis behind_{0};             // of the exchange's clock behind ours
  Millis price_age_{0};          // when its prices arrive
  std::string window_ = "5000";  // that the client asks for
  TempFolder temp_;
  std::string root_ = temp_.path();
  std::unique_ptr<Realm> realm_;
  std::unique_ptr<Signer> signer_;
  std::vector<Errand> seen_errands_;
  int orders_ = 0;
  int asked_ = 0;  // errands about orders
};

}  // namespace keystile::signer
