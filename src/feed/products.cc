#include "feed/products.h"

#include "market/option_name.h"
#include "market/reader.h"

namespace keystile::feed {
namespace {

bool is_option(std::string_view symbol) { return market::read_option_name(symbol).has_value(); }
bool is_okx_contract(std::string_view symbol) {
  return market::venue_of("okx", symbol) != market::Venue::kOkxSpot;
}
bool is_okx_swap(std::string_view symbol) {
  return market::venue_of("okx", symbol) == market::Venue::kOkxSwap;
}

bool is_any(std::string_view) { return true; }

// Whether contracts trade is asked for with their tickers.
ProductStream states(std::string_view target, std::string_view name, StreamScope scope,
                     bool (*is_of)(std::string_view) = is_any) {
  return {Channel::kDerivativeTicker, target, name, scope, is_of, "", true};
}

}  // namespace

const std::vector<LiveProduct>& products() {
  using enum Channel;
  using enum Dialect;
  static const std::vector<LiveProduct> all = {
      {"binance-spot",
       kBinance,
       "https://stream.binance.com:9443",
       "https://api.binance.com",
       "/api/v3/depth?symbol={}&limit=1000",
       {{kTrade, "/stream", "{}@trade"},
        {kBook, "/stream", "{}@depth@100ms"},
        {kBookTicker, "/stream", "{}@bookTicker"}}},
      // Streams of futures are routed by their kind since 2026: the wrong path brings nothing.
      {"binance-usdm",
       kBinance,
       "https://fstream.binance.com",
       "https://fapi.binance.com",
       "/fapi/v1/depth?symbol={}&limit=1000",
       {{kTrade, "/market/stream", "{}@aggTrade"},
        {kBook, "/public/stream", "{}@depth@100ms"},
        {kBookTicker, "/public/stream", "{}@bookTicker"},
        {kDerivativeTicker, "/market/stream", "{}@markPrice@1s"},
        states("/market/stream", "!contractInfo", StreamScope::kAll),
        {kLiquidation, "/market/stream", "{}@forceOrder"}}},
      {"binance-coinm",
       kBinance,
       "https://dstream.binance.com",
       "https://dapi.binance.com",
       "/dapi/v1/depth?symbol={}&limit=1000",
       {{kTrade, "/stream", "{}@aggTrade"},
        {kBook, "/stream", "{}@depth@100ms"},
        {kBookTicker, "/stream", "{}@bookTicker"},
        {kDerivativeTicker, "/stream", "{}@markPrice@1s"},
        states("/stream", "!contractInfo", StreamScope::kAll),
        {kLiquidation, "/stream", "{}@forceOrder"}}},
      {"okx",
       kOkx,
       "https://ws.okx.com:8443",
       "https://openapi.okx.com",
       "",
       {{kTrade, "/ws/v5/public", "trades"},
        {kBook, "/ws/v5/public", "books"},
        {kBookTicker, "/ws/v5/public", "bbo-tbt"},
        {kDerivativeTicker, "/ws/v5/public", "mark-price", StreamScope::kSymbol, is_okx_contract},
        {kOptionSummary, "/ws/v5/public", "mark-price", StreamScope::kSymbol, is_option},
        {kDerivativeTicker, "/ws/v5/public", "open-interest", StreamScope::kSymbol,
         is_okx_contract},
        {kOptionSummary, "/ws/v5/public", "open-interest", StreamScope::kSymbol, is_option},
        {kDerivativeTicker, "/ws/v5/public", "funding-rate", StreamScope::kSymbol, is_okx_swap},
        states("/ws/v5/public", "instruments", StreamScope::kKind, is_okx_contract),
        {kLiquidation, "/ws/v5/public", "liquidation-orders", StreamScope::kKind},
        {kOptionSummary, "/ws/v5/public", "tickers", StreamScope::kSymbol, is_option},
        {kOptionSummary, "/ws/v5/public", "index-tickers", StreamScope::kIndex, is_option},
        {kOptionSummary, "/ws/v5/public", "opt-summary", StreamScope::kFamily, is_option}}},
      {"bybit-spot",
       kBybit,
       "https://stream.bybit.com",
       "https://api.bybit.com",
       "",
       {{kTrade, "/v5/public/spot", "publicTrade.{}"},
        {.channel = kBook,
         .target = "/v5/public/spot",
         .name = "orderbook.50.{}",
         .deep = "orderbook.1000.{}"},
        {kBookTicker, "/v5/public/spot", "orderbook.1.{}"}}},
      {"bybit-linear",
       kBybit,
       "https://stream.bybit.com",
       "https://api.bybit.com",
       "",
       {{kTrade, "/v5/public/linear", "publicTrade.{}"},
        {.channel = kBook,
         .target = "/v5/public/linear",
         .name = "orderbook.50.{}",
         .deep = "orderbook.1000.{}"},
        {kBookTicker, "/v5/public/linear", "orderbook.1.{}"},
        {kDerivativeTicker, "/v5/public/linear", "tickers.{}"},
        {kLiquidation, "/v5/public/linear", "allLiquidation.{}"}}},
      {"bybit-inverse",
       kBybit,
       "https://stream.bybit.com",
       "https://api.bybit.com",
       "",
       {{kTrade, "/v5/public/inverse", "publicTrade.{}"},
        {.channel = kBook,
         .target = "/v5/public/inverse",
         .name = "orderbook.50.{}",
         .deep = "orderbook.1000.{}"},
        {kBookTicker, "/v5/public/inverse", "orderbook.1.{}"},
        {kDerivativeTicker, "/v5/public/inverse", "tickers.{}"},
        {kLiquidation, "/v5/public/inverse", "allLiquidation.{}"}}},
      {"bybit-option",
       kBybit,
       "https://stream.bybit.com",
       "https://api.bybit.com",
       "",
       {{kTrade, "/v5/public/option", "publicTrade.{}", StreamScope::kBase},
        {kBook, "/v5/public/option", "orderbook.25.{}"},
        {kOptionSummary, "/v5/public/option", "tickers.{}"}}},
      {"deribit",
       kDeribit,
       "https://www.deribit.com",
       "https://www.deribit.com",
       "",
       {{kTrade, "/ws/api/v2", "trades.{}.100ms"},
        {kLiquidation, "/ws/api/v2", "trades.{}.100ms"},  // a trade says whether it is one
        {kBook, "/ws/api/v2", "book.{}.100ms"},
        {kBookTicker, "/ws/api/v2", "ticker.{}.100ms"},
        {kDerivativeTicker, "/ws/api/v2", "ticker.{}.100ms"},
        {kOptionSummary, "/ws/api/v2", "ticker.{}.100ms", StreamScope::kSymbol, is_option},
        states("/ws/api/v2", "instrument.state.any.any", StreamScope::kAll)}}};
  return all;
}

const LiveProduct* find_product(std::string_view name) {
  for (const LiveProduct& one : products()) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

}  // namespace keystile::feed
