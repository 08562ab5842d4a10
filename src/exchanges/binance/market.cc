#include "exchanges/binance/market.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "exchanges/told_time.h"

namespace keystile::exchanges::binance {
namespace {

// exchangeInfo lists some thousand symbols.
constexpr json::Limits kMarketLimits{.bytes = 64 << 20};
constexpr Millis kInstrumentsEvery{600'000};
constexpr Millis kContractsEvery{60'000};  // their sizes differ, and they may be halted
constexpr Millis kPricesEvery{2000};

constexpr std::array<std::string_view, 4> kTimePaths{"/api/v3/time", "/fapi/v1/time",
                                                     "/dapi/v1/time", "/eapi/v1/time"};

tl::unexpected<Error> odd_answer() {
  return fail("exchange.answer", "Binance's market answer is not of the known form",
              ErrorClass::kRetryable);
}

MarketQuery query(std::string_view family, std::string_view path, std::string_view text,
                  Millis every, Product product) {
  MarketQuery out;
  out.family = family;
  out.request.method = "GET";
  out.request.path = path;
  out.request.query = text;
  out.request.has_query = !text.empty();
  out.every = every;
  out.product = product;
  return out;
}

Instrument base_instrument(const json::Value& symbol, Product product) {
  Instrument instrument;
  instrument.product = product;
  instrument.symbol = symbol.text("symbol");
  instrument.base = symbol.text("baseAsset");
  instrument.quote = symbol.text("quoteAsset");
  return instrument;
}

// COIN-M: a contract is worth contractSize of the quote asset (USD), whatever the price.
bool read_inverse_size(const json::Value& symbol, Instrument* instrument) {
  const auto size = Decimal::parse(symbol.text("contractSize"));
  if (!size || !size->is_positive()) return false;
  instrument->contract_size = *size;
  instrument->notional_is_contract = true;
  return true;
}

bool read_option_size(const json::Value& symbol, Instrument* instrument) {
  const auto unit = Decimal::parse(symbol.text("unit"));
  if (!unit || !unit->is_positive()) return false;
  instrument->contract_size = *unit;
  instrument->underlying = symbol.text("underlying");
  const std::string_view quote = instrument->quote, pair = instrument->underlying;
  if (pair.ends_with(quote)) instrument->base = pair.substr(0, pair.size() - quote.size());
  return !instrument->underlying.empty();
}

// Of a contract that is halted, settled or not open yet the mark price is told on. Of spot pairs
// the prices themselves are left out.
bool is_halted(const json::Value& symbol, Product product) {
  const std::string_view status =
      symbol.text(product == Product::kInverse ? "contractStatus" : "status");
  return product != Product::kSpot && !status.empty() && status != "TRADING";
}

// A symbol that does not read as expected is left out, so that nobody can trade it.
Result<MarketUpdate> read_instruments(const json::Value& answer, Product product) {
  const json::Value* symbols =
      answer.find(product == Product::kOption ? "optionSymbols" : "symbols");
  if (!symbols || !symbols->if_array()) return odd_answer();
  MarketUpdate update;
  for (const json::Value& symbol : *symbols->if_array()) {
    Instrument instrument = base_instrument(symbol, product);
    if (instrument.symbol.empty() || instrument.quote.empty() || is_halted(symbol, product))
      continue;
    if (product == Product::kInverse && !read_inverse_size(symbol, &instrument)) continue;
    if (product == Product::kOption && !read_option_size(symbol, &instrument)) continue;
    update.instruments.push_back(std::move(instrument));
  }
  if (update.instruments.empty()) return odd_answer();
  return update;
}

Result<MarketUpdate> read_prices(const json::Value& answer, Product product,
                                 std::string_view field) {
  if (!answer.if_array()) return odd_answer();
  MarketUpdate update;
  for (const json::Value& item : *answer.if_array()) {
    const auto price = Decimal::parse(item.text(field));
    if (!price || !price->is_positive()) continue;
    update.prices.push_back({product, std::string(item.text("symbol")), *price});
    keep_newest(&update.told, item.text("time"));
  }
  return update;
}

}  // namespace

std::vector<MarketQuery> make_market_queries() {
  return {
      query("api", "/api/v3/exchangeInfo", "showPermissionSets=false", kInstrumentsEvery,
            Product::kSpot),
      query("fapi", "/fapi/v1/exchangeInfo", "", kContractsEvery, Product::kLinear),
      query("dapi", "/dapi/v1/exchangeInfo", "", kContractsEvery, Product::kInverse),
      query("eapi", "/eapi/v1/exchangeInfo", "", kContractsEvery, Product::kOption),
      // Of a halted or delisted pair it would tell the last price there ever was.
      query("api", "/api/v3/ticker/price", "symbolStatus=TRADING", kPricesEvery, Product::kSpot),
      query("fapi", "/fapi/v1/premiumIndex", "", kPricesEvery, Product::kLinear),
      query("dapi", "/dapi/v1/premiumIndex", "", kPricesEvery, Product::kInverse),
      query("eapi", "/eapi/v1/mark", "", kPricesEvery, Product::kOption),
  };
}

Result<MarketUpdate> read_market(const MarketQuery& asked, const HttpResponse& response) {
  if (response.status != 200) return odd_answer();
  KS_TRY(const json::Value answer, json::parse(response.body, kMarketLimits));
  const std::string_view path = asked.request.path;
  if (path.ends_with("/exchangeInfo")) return read_instruments(answer, asked.product);
  const std::string_view field = path.ends_with("/ticker/price") ? "price" : "markPrice";
  KS_TRY(MarketUpdate update, read_prices(answer, asked.product, field));
  if (!update.told) update.told = answer_date(response);
  return update;
}

HttpRequest make_time_query(std::string_view family) {
  HttpRequest request;
  request.method = "GET";
  request.path = kTimePaths[0];  // sapi is served by the same hosts, papi has no time route
  for (const std::string_view path : kTimePaths) {
    if (path.substr(1).starts_with(std::string(family) + "/")) request.path = path;
  }
  return request;
}

Result<WallTime> read_time(const HttpResponse& response) {
  if (response.status != 200) return odd_answer();
  KS_TRY(const json::Value answer, json::parse(response.body));
  const json::Value* time = answer.find("serverTime");
  if (!time) return odd_answer();
  KS_TRY(const int64_t ms, time->as_int64());
  if (ms <= 0) return odd_answer();
  return from_epoch_ms(ms);
}

std::optional<HttpResponse> time_answer(const Route& route, WallTime now) {
  if (route.method != "GET" ||
      std::find(kTimePaths.begin(), kTimePaths.end(), route.path) == kTimePaths.end()) {
    return std::nullopt;
  }
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json;charset=UTF-8"}};
  response.body = json::dump(json::object({{"serverTime", epoch_ms(now)}}));
  return response;
}

}  // namespace keystile::exchanges::binance
