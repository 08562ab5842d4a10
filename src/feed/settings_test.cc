#include "feed/settings.h"

#include <gtest/gtest.h>

namespace keystile::feed {
namespace {

constexpr const char* kProduct = R"([[product]]
name = "okx"
symbols = ["BTC-USDT"]
)";

std::string error(std::string_view text) {
  const auto settings = parse_settings(text, "realm/feed.toml");
  return settings ? "" : settings.error().message;
}

TEST(FeedSettings, ReadsWhatIsWanted) {
  const auto settings = parse_settings(R"(
trades_kept = 50
stay_awake_us = 250
environment = "test"

[[product]]
name = "binance-usdm"
symbols = ["BTCUSDT", "ETHUSDT"]
channels = ["trade", "book"]
origin = "https://127.0.0.1:7101"
rest_origin = "https://127.0.0.1:7102"
ca_file = "ca.pem"
allow_tls12 = true
renew_seconds = 600

[[product]]
name = "okx"
symbols = ["BTC-USDT"]
ca_file = "/etc/ca.pem"

[relay]
address = "::1"
port = 8460
certificate = "tls/server.pem"
key = "/tls/server.key"
requests_per_minute = 10
websockets = 3
recordings = "recorded"

[metrics]
port = 9464
)",
                                       "realm/feed.toml");
  ASSERT_TRUE(settings) << settings.error().message;
  ASSERT_EQ(settings->products.size(), 2u);
  const ProductSettings& first = settings->products[0];
  EXPECT_EQ(first.wanted.symbols.size(), 2u);
  EXPECT_EQ(first.wanted.channels, (std::vector{Channel::kTrade, Channel::kBook}));
  EXPECT_EQ(first.wanted.stream_origin, "https://127.0.0.1:7101");
  EXPECT_EQ(first.wanted.rest_origin, "https://127.0.0.1:7102");
  EXPECT_EQ(first.ca_file, "realm/ca.pem");
  EXPECT_TRUE(first.allow_tls12);
  EXPECT_EQ(first.renew_after, std::chrono::minutes(10));
  EXPECT_EQ(settings->products[1].renew_after, std::chrono::hours(23));
  EXPECT_TRUE(settings->products[1].wanted.channels.empty());
  EXPECT_EQ(settings->products[1].ca_file, "/etc/ca.pem");
  EXPECT_EQ(settings->trades_kept, 50u);
  EXPECT_EQ(settings->stay_awake, std::chrono::microseconds(250));
  EXPECT_EQ(settings->environment, "test");
  EXPECT_EQ(settings->metrics->port, 9464);
  EXPECT_EQ(settings->relay->certificate, "realm/tls/server.pem");
  EXPECT_EQ(settings->relay->key, "/tls/server.key");
  EXPECT_EQ(settings->relay->tokens, "realm/feed-tokens.json");
  EXPECT_EQ(settings->relay->requests_per_minute, 10u);
  EXPECT_EQ(settings->relay->websockets, 3u);
  EXPECT_EQ(settings->relay->recordings, "realm/recorded");
}

TEST(FeedSettings, HowOldAnAnswerMayBe) {
  const auto settings = parse_settings(
      std::string(kProduct) + "[answers]\nbook_ms = 0\ntrades_ms = 5000", "feed.toml");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->answers.book, Millis(0)) << "the exchange is asked always";
  EXPECT_EQ(settings->answers.best, Millis(500));
  EXPECT_EQ(settings->answers.trades, Millis(5000));
}

TEST(FeedSettings, RefusesWhatItDoesNotKnow) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "[[product]]"},
      {"[[product]]\nsymbols = [\"X\"]", "name"},
      {"[[product]]\nname = \"okx\"", "name symbols"},
      {"[[product]]\nname = \"mtgox\"\nsymbols = [\"X\"]", "mtgox"},
      {"[[product]]\nname = \"okx\"\nsymbols = [\"A B\"]", "A B"},
      {std::string(kProduct) + "channels = [\"candles\"]", "candles"},
      {std::string(kProduct) + "symbol = \"X\"", "symbol"},
      {std::string(kProduct) + kProduct, "two [[product]] of the name okx"},
      {std::string("trades = 5\n") + kProduct, "trades"},
      {std::string("trades_kept = 100001\n") + kProduct, "100000"},
      {std::string(kProduct) + "[metrics]\nport = 70000", "65535"},
      {std::string(kProduct) + "[relay]\naddress = \"10.0.0.1\"", "in the clear"},
      {std::string(kProduct) + "[relay]\naddress = \"0.0.0.0\"", "in the clear"},
      {std::string(kProduct) + "[relay]\ncertificate = \"c.pem\"", "go together"},
      {std::string(kProduct) + "[relay]\nrequests_per_minute = 0", "1000000"},
      {std::string(kProduct) + "[relay]\nhost = \"x\"", "host"},
      {std::string(kProduct) + "[answers]\nbook_ms = 5001", "at most 5000"},
      {"[[product", "feed.toml:1"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_NE(error(text).find(expected), std::string::npos) << text << "\n" << error(text);
  }
  EXPECT_EQ(error(kProduct), "");
}

}  // namespace
}  // namespace keystile::feed
