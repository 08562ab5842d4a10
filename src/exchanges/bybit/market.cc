// Public facts: instruments, prices, time.
#include <fmt/format.h>

#include <array>

#include "base/encoding.h"
#include "exchanges/bybit/protocol.h"
#include "exchanges/told_time.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr std::string_view kInstruments = "/v5/market/instruments-info";
constexpr std::string_view kTickers = "/v5/market/tickers";
constexpr std::string_view kTime = "/v5/market/time";

constexpr json::Limits kMarketLimits{16u << 20, 16};

HttpRequest get(std::string_view path, std::string query) {
  HttpRequest request;
  request.method = "GET";
  request.path = path;
  request.has_query = !query.empty();
  request.query = std::move(query);
  return request;
}

// Contracts count in the base coin, but inverse ones in the quote coin (one unit is 1 USD).
Instrument read_instrument(Product product, const json::Value& row) {
  Instrument instrument;
  instrument.product = product;
  instrument.symbol = row.text("symbol");
  instrument.base = row.text("baseCoin");
  instrument.quote = row.text("quoteCoin");
  instrument.notional_is_contract = product == Product::kInverse;
  return instrument;
}

// Contracts have a mark price, those too that are only about to trade. Of a pair that is halted
// there is nothing but the last price.
bool is_listed(Product product, const json::Value& row) {
  return product != Product::kSpot || row.text("status") == "Trading";
}

// Empty where the row holds no price: then the symbol has none, and orders on it are refused.
std::optional<Price> read_price(Product product, const json::Value& row) {
  const auto price =
      Decimal::parse(row.text(product == Product::kSpot ? "lastPrice" : "markPrice"));
  if (!price || !price->is_positive()) return std::nullopt;
  return Price{product, std::string(row.text("symbol")), *price};
}

Result<json::Value> body_of(const HttpResponse& response) {
  if (response.status != 200) {
    return fail("upstream.answer", fmt::format("the exchange answered HTTP {}", response.status),
                ErrorClass::kRetryable);
  }
  KS_TRY(json::Value body, json::parse(response.body, kMarketLimits));
  if (body.text("retCode") != "0" || !body.find("result")) {
    const bool number = body.text("retCode").size() <= 10 && parse_uint64(body.text("retCode"));
    return fail("upstream.answer",
                fmt::format("the exchange answered with error code {}",
                            number ? body.text("retCode") : std::string_view("(none)")),
                ErrorClass::kRetryable);
  }
  return body;
}

}  // namespace

Result<json::Value> result_of(const HttpResponse& response) {
  KS_TRY(const json::Value body, body_of(response));
  return *body.find("result");
}

// Options are not polled: their prices come per base coin, and an order without one is refused.
std::vector<MarketQuery> Bybit::market_queries() const {
  constexpr Millis kInstrumentsEvery{60'000}, kPricesEvery{2'000};
  std::vector<MarketQuery> queries;
  for (const Product product : {Product::kSpot, Product::kLinear, Product::kInverse}) {
    const std::string category = "category=" + std::string(category_of(product));
    // Spot comes in one piece; contracts in pages of at most 1000 (docs/v5/market/instrument).
    const std::string limit = product == Product::kSpot ? "" : "&limit=1000";
    queries.push_back({"rest", get(kInstruments, category + limit), kInstrumentsEvery, product});
    queries.push_back({"rest", get(kTickers, category), kPricesEvery, product});
  }
  return queries;
}

Result<MarketUpdate> Bybit::parse_market(const MarketQuery& query,
                                         const HttpResponse& response) const {
  KS_TRY(const json::Value body, body_of(response));
  const json::Value* list = body.find("result")->find("list");
  if (!list || !list->if_array()) {
    return fail("upstream.answer", "the exchange's market answer holds no list");
  }
  MarketUpdate update;
  for (const json::Value& row : *list->if_array()) {
    if (row.text("symbol").empty()) continue;
    if (query.request.path == kInstruments) {
      if (!is_listed(query.product, row)) continue;
      update.instruments.push_back(read_instrument(query.product, row));
    } else if (auto price = read_price(query.product, row)) {
      update.prices.push_back(std::move(*price));
    }
  }
  keep_newest(&update.told, body.text("time"));
  if (!update.told) update.told = answer_date(response);
  return update;
}

HttpRequest Bybit::time_query(std::string_view) const { return get(kTime, ""); }

Result<WallTime> Bybit::parse_time(const HttpResponse& response) const {
  KS_TRY(const json::Value result, result_of(response));
  const auto nanos = parse_uint64(result.text("timeNano"));
  if (!nanos || *nanos == 0) {
    return fail("upstream.answer", "the exchange's time is not a number");
  }
  return from_epoch_ms(static_cast<int64_t>(*nanos / 1'000'000));
}

std::optional<HttpResponse> Bybit::answer_time(const Route& route, WallTime now) const {
  if (route.path != kTime) return std::nullopt;
  const int64_t ms = epoch_ms(now);
  return envelope(0, "OK",
                  json::object({{"timeSecond", std::to_string(ms / 1000)},
                                {"timeNano", fmt::format("{}000000", ms)}}),
                  json::object({}), now);
}

}  // namespace keystile::exchanges::bybit
