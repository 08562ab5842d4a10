#include "exchanges/polled_routes.h"

namespace keystile::exchanges {
namespace {

constexpr Millis kBook{250}, kPrice{500}, kCandles{1000}, kRates{5000}, kListing{60'000};

struct Polled {
  std::string_view exchange, path;
  Millis age;
};

constexpr Polled kPolled[kPolledRoutes] = {
    {"binance", "/api/v3/depth", kBook},
    {"binance", "/api/v3/ticker/bookTicker", kBook},
    {"binance", "/api/v3/ticker/price", kPrice},
    {"binance", "/api/v3/ticker/24hr", kPrice},
    {"binance", "/api/v3/trades", kPrice},
    {"binance", "/api/v3/aggTrades", kPrice},
    {"binance", "/api/v3/klines", kCandles},
    {"binance", "/api/v3/exchangeInfo", kListing},
    {"binance", "/fapi/v1/depth", kBook},
    {"binance", "/fapi/v1/ticker/bookTicker", kBook},
    {"binance", "/fapi/v1/ticker/price", kPrice},
    {"binance", "/fapi/v1/ticker/24hr", kPrice},
    {"binance", "/fapi/v1/premiumIndex", kPrice},
    {"binance", "/fapi/v1/trades", kPrice},
    {"binance", "/fapi/v1/aggTrades", kPrice},
    {"binance", "/fapi/v1/klines", kCandles},
    {"binance", "/fapi/v1/exchangeInfo", kListing},
    {"binance", "/dapi/v1/depth", kBook},
    {"binance", "/dapi/v1/ticker/bookTicker", kBook},
    {"binance", "/dapi/v1/ticker/price", kPrice},
    {"binance", "/dapi/v1/ticker/24hr", kPrice},
    {"binance", "/dapi/v1/premiumIndex", kPrice},
    {"binance", "/dapi/v1/trades", kPrice},
    {"binance", "/dapi/v1/klines", kCandles},
    {"binance", "/dapi/v1/exchangeInfo", kListing},
    {"okx", "/api/v5/market/books", kBook},
    {"okx", "/api/v5/market/ticker", kPrice},
    {"okx", "/api/v5/market/tickers", kPrice},
    {"okx", "/api/v5/market/trades", kPrice},
    {"okx", "/api/v5/public/mark-price", kPrice},
    {"okx", "/api/v5/market/candles", kCandles},
    {"okx", "/api/v5/public/funding-rate", kRates},
    {"okx", "/api/v5/public/instruments", kListing},
    {"bybit", "/v5/market/orderbook", kBook},
    {"bybit", "/v5/market/tickers", kPrice},
    {"bybit", "/v5/market/recent-trade", kPrice},
    {"bybit", "/v5/market/kline", kCandles},
    {"bybit", "/v5/market/instruments-info", kListing},
};

}  // namespace

std::optional<Millis> shared_for(std::string_view exchange, std::string_view path) {
  for (const Polled& polled : kPolled) {
    if (polled.exchange == exchange && polled.path == path) return polled.age;
  }
  return std::nullopt;
}

}  // namespace keystile::exchanges
