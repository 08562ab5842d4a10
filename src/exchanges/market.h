// Public facts of an exchange that the gate must know to judge an order: instruments and prices.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/decimal.h"
#include "base/time.h"
#include "exchanges/intent.h"

namespace keystile::exchanges {

struct Instrument {
  Product product = Product::kSpot;  // kSpot also stands for margin trading of the same pair
  std::string symbol;                // the exchange's name
  std::string base, quote;           // "BTC", "USDT"
  // One unit of an order's quantity is this much of `contract_asset`: 1 BTC for spot BTCUSDT, 0.01
  // BTC for OKX BTC-USDT-SWAP, 100 USD for Binance BTCUSD_PERP (then it is inverse: the notional
  // does not depend on the price).
  Decimal contract_size{1};
  bool notional_is_contract = false;  // contract_size is already in the quote asset
  std::string underlying;             // options: a symbol whose price is the underlying's
  bool operator==(const Instrument&) const = default;
};

struct Price {
  Product product = Product::kSpot;
  std::string symbol;
  Decimal price;  // mark price where the exchange has one, else last
};

struct MarketUpdate {
  std::vector<Instrument> instruments;  // new or changed ones; those not named stay
  std::vector<Price> prices;
  // When the prices were true, on the exchange's clock: the newest time that the answer tells,
  // which dates all of it, as a quiet market's own last change says nothing of the answer. Where it
  // tells none (Binance's spot prices, and its options') its Date; none where it has none either:
  // then it is as new as its arrival.
  std::optional<WallTime> told = {};
};

}  // namespace keystile::exchanges
