#include "market/reader.h"

#include "market/readers.h"

namespace keystile::market {
namespace {

struct Product {
  std::string_view name;
  std::unique_ptr<Reader> (*make)(Venue venue, IsWanted is_wanted);
  Venue venue;
};

constexpr Product kProducts[] = {
    {"binance-spot", make_binance_reader, Venue::kBinanceSpot},
    {"binance-us-spot", make_binance_reader, Venue::kBinanceUs},
    {"binance-usdm", make_binance_reader, Venue::kBinanceUsdm},
    {"binance-coinm", make_binance_reader, Venue::kBinanceCoinm},
    {"okx", make_okx_reader, Venue::kOkxSpot},
    {"bybit-spot", make_bybit_reader, Venue::kBybitSpot},
    {"bybit-linear", make_bybit_reader, Venue::kBybitLinear},
    {"bybit-inverse", make_bybit_reader, Venue::kBybitInverse},
    {"bybit-option", make_bybit_reader, Venue::kBybitOption},
    {"deribit", make_deribit_reader, Venue::kDeribit},
};

}  // namespace

Result<std::unique_ptr<Reader>> make_reader(std::string_view product, IsWanted is_wanted) {
  std::string known;
  for (const Product& each : kProducts) {
    if (each.name == product) return each.make(each.venue, std::move(is_wanted));
    known += known.empty() ? "" : ", ";
    known += each.name;
  }
  return fail("market.product", "the product must be one of " + known);
}

std::optional<Venue> venue_of(std::string_view product, std::string_view symbol) {
  if (product == "okx") return okx_venue(symbol);
  for (const Product& each : kProducts) {
    if (each.name == product) return each.venue;
  }
  return std::nullopt;
}

}  // namespace keystile::market
