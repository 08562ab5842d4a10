// Two instruments, three rich accounts and no house quotes: an engine alone with the test.
#pragma once

#include <array>

#include "sandbox/engine.h"
#include "sandbox/money.h"

namespace keystile::sandbox {

inline Decimal d(std::string_view text) { return Decimal::parse(text).value(); }

struct EngineWorld {
  static constexpr std::array kAccounts{AccountId{1}, AccountId{2}, AccountId{3}};

  explicit EngineWorld(EngineOptions options = {}) : engine(std::move(options), wallets, now) {
    Instrument spot{.id = "BTC/USDT", .symbol = "BTCUSDT", .base = "BTC", .quote = "USDT"};
    spot.wallet = "spot";
    spot.tick = d("0.5");
    spot.lot = d("0.001");
    spot.min_quantity = d("0.001");
    spot.max_quantity = d("100");
    spot.min_notional = d("1");
    spot.maker_fee = d("0.001");
    spot.taker_fee = d("0.002");
    spot.seed_price = d("100");
    Instrument linear = spot;
    linear.id = "BTC/USDT:USDT";
    linear.product = Product::kLinear;
    linear.wallet = "futures";
    linear.contract_size = d("0.1");
    linear.maker_fee = d("0.0002");
    linear.taker_fee = d("0.0005");
    engine.add(spot);
    engine.add(linear);
    for (const AccountId account : kAccounts) {
      for (const char* wallet : {"spot", "futures"}) {
        for (const char* asset : {"BTC", "USDT"}) {
          wallets.credit(account, wallet, asset, d("1000"));
        }
      }
    }
  }

  const Order* limit(AccountId account, Side side, std::string_view quantity,
                     std::string_view price, TimeInForce tif = TimeInForce::kGtc) {
    return engine
        .submit(account, {.instrument = "BTC/USDT",
                          .side = side,
                          .time_in_force = tif,
                          .quantity = d(quantity),
                          .price = d(price)})
        .value();
  }
  Balance spot(AccountId account, std::string_view asset) const {
    return wallets.balance(account, "spot", asset);
  }

  WallTime now = from_epoch_ms(1'760'000'000'000);
  Wallets wallets;
  Engine engine;
};

}  // namespace keystile::sandbox
