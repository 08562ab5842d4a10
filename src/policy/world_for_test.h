// A small market, a client and shorthand for orders, shared by the tests of decide().
#pragma once

#include <map>
#include <utility>

#include "policy/decide.h"

namespace keystile::policy {

inline Decimal dec(std::string_view text) { return Decimal::parse(text).value(); }
inline constexpr MonoTime kMonoForTest{std::chrono::hours{1}};
inline const WallTime kNowForTest = parse_iso8601("2026-11-20T12:00:00.000Z").value();  // a Friday

// BTCUSDT at 50000 (spot, linear), inverse BTCUSD_PERP of 100 USD, an option on BTCUSDT, ETHUSDT at
// 2000, and XYZUSDT without a price. USDT and USD count 1, BTC 50000.
class MarketForTest final : public MarketReference {
 public:
  MarketForTest() {
    using exchanges::Product;
    add({Product::kSpot, "BTCUSDT", "BTC", "USDT", Decimal(1), false, ""}, "50000");
    add({Product::kSpot, "ETHUSDT", "ETH", "USDT", Decimal(1), false, ""}, "2000");
    add({Product::kSpot, "XYZUSDT", "XYZ", "USDT", Decimal(1), false, ""}, "");
    add({Product::kSpot, "ETHBTC", "ETH", "BTC", Decimal(1), false, ""}, "0.04");
    add({Product::kLinear, "BTCUSDT", "BTC", "USDT", dec("0.01"), false, ""}, "50000");
    add({Product::kInverse, "BTCUSD_PERP", "BTC", "USD", Decimal(100), true, ""}, "50000");
    add({Product::kOption, "BTC-60000-C", "BTC", "USDT", Decimal(1), false, "BTCUSDT"}, "300");
    for (const char* asset : {"USDT", "USD"}) assets_[asset] = {Decimal(1), MonoTime::max()};
    assets_["BTC"] = {Decimal(50000), kMonoForTest};
  }

  const exchanges::Instrument* instrument(exchanges::Product product,
                                          std::string_view symbol) const override {
    const auto at = instruments_.find({product, std::string(symbol)});
    return at == instruments_.end() ? nullptr : &at->second;
  }
  std::optional<Quote> price(exchanges::Product product, std::string_view symbol) const override {
    const auto at = prices_.find({product, std::string(symbol)});
    return at == prices_.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<Quote> asset_price(std::string_view asset) const override {
    const auto at = assets_.find(asset);
    return at == assets_.end() ? std::nullopt : std::optional(at->second);
  }

  void age_prices(Millis age) {
    for (auto& [name, quote] : prices_) quote.at = kMonoForTest - age;
  }

 private:
  void add(exchanges::Instrument instrument, std::string_view price) {
    const auto name = std::pair(instrument.product, instrument.symbol);
    if (!price.empty()) prices_[name] = {dec(price), kMonoForTest};
    instruments_.emplace(name, std::move(instrument));
  }

  using Name = std::pair<exchanges::Product, std::string>;
  std::map<Name, exchanges::Instrument> instruments_;
  std::map<Name, Quote> prices_;
  std::map<std::string, Quote, std::less<>> assets_;
};

inline exchanges::OrderLeg limit_order(exchanges::Side side, const char* quantity,
                                       const char* price) {
  exchanges::OrderLeg leg;
  leg.instrument = "BTCUSDT";
  leg.side = side;
  leg.quantity = dec(quantity);
  leg.price = dec(price);
  return leg;
}

inline exchanges::OrderLeg market_order(exchanges::Side side, const char* quantity) {
  exchanges::OrderLeg leg;
  leg.instrument = "BTCUSDT";
  leg.side = side;
  leg.type = exchanges::OrderType::kMarket;
  leg.quantity = dec(quantity);
  return leg;
}

inline exchanges::OrderLeg change_of(exchanges::LegAction action, const char* order_id) {
  exchanges::OrderLeg leg;
  leg.action = action;
  leg.instrument = "BTCUSDT";
  leg.order_id = order_id;
  return leg;
}

// One question and all it points to. The client may trade spot BTCUSDT within 1000 USD an order.
struct WorldForTest {
  MarketForTest market;
  Client client;
  exchanges::Route route{"POST", "/order", exchanges::Scope::kTrade, exchanges::Access::kSigned,
                         true};
  exchanges::Intent intent;
  std::vector<std::optional<KnownOrder>> orders;
  Usage usage;
  WallTime now = kNowForTest;

  WorldForTest() {
    client.name = "bot";
    Grant& grant = client.grant;
    grant.scopes = {exchanges::Scope::kMarket, exchanges::Scope::kRead, exchanges::Scope::kTrade};
    grant.products = {exchanges::Product::kSpot};
    grant.instruments = {"BTC*"};
    grant.max_order_notional = Decimal(1000);
    grant.price_band = dec("0.05");
    grant.price_band_set = true;
    intent.scope = exchanges::Scope::kTrade;
    intent.act = exchanges::Act::kOrders;
  }

  Grant& grant() { return client.grant; }

  Question question() const {
    return {&client, &route, &intent, orders, usage, &market, now, kMonoForTest, "USD"};
  }
  Verdict ask(std::vector<Step>* steps = nullptr) const { return decide(question(), steps); }
  // The rule that refuses, or "allow".
  std::string rule() const {
    const Verdict verdict = ask();
    return verdict.kind == Verdict::Kind::kAllow ? "allow" : verdict.refusal.rule;
  }
  std::string rule_for(exchanges::OrderLeg leg) {
    intent.legs = {std::move(leg)};
    return rule();
  }
};

}  // namespace keystile::policy
