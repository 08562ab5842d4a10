#include "exchanges/okx/public_data.h"

#include "base/json.h"
#include "exchanges/okx/instrument_name.h"
#include "exchanges/told_time.h"

namespace keystile::exchanges::okx {
namespace {

constexpr std::string_view kTimePath = "/api/v5/public/time";
constexpr std::string_view kInstrumentsPath = "/api/v5/public/instruments";
constexpr Millis kPricesEvery{2000};
constexpr Millis kInstrumentsEvery{60000};

tl::unexpected<Error> odd_answer() {
  return fail("exchange.answer", "OKX's public answer cannot be read", ErrorClass::kRetryable);
}

HttpRequest get(std::string_view path, std::string_view query) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::string(path);
  request.query = std::string(query);
  request.has_query = !query.empty();
  return request;
}

MarketQuery query(std::string_view path, std::string_view text, Millis every, Product product) {
  return {"rest", get(path, text), every, product};
}

// The answers list every instrument: more than the default bound of json::parse().
Result<json::Value> parse_answer(const HttpResponse& response) {
  if (response.status != 200) return odd_answer();
  auto body = json::parse(response.body, {.bytes = 16 << 20, .depth = 16});
  if (!body || body->text("code") != "0") return odd_answer();
  const json::Value* data = body->find("data");
  if (!data || !data->if_array()) return odd_answer();
  return *data;
}

// A contract is ctVal × ctMult of ctValCcy: of the base asset (linear) or of the quote (inverse).
// Nothing if the entry cannot be judged: an order of that instrument is then refused.
std::optional<Instrument> contract(const json::Value& item, Instrument instrument) {
  const auto value = Decimal::parse(item.text("ctVal"));
  const auto multiplier = Decimal::parse(item.text("ctMult"));
  if (!value || !multiplier) return std::nullopt;
  const auto size = value->times(*multiplier, Rounding::kUp);
  if (!size || !size->is_positive()) return std::nullopt;
  instrument.contract_size = *size;
  const std::string_view counted = item.text("ctValCcy");
  instrument.notional_is_contract = counted != instrument.base;
  const bool as_named =
      item.text("ctType") == (instrument.product == Product::kInverse ? "inverse" : "linear");
  if (!as_named || (instrument.notional_is_contract && counted != instrument.quote)) {
    return std::nullopt;
  }
  return instrument;
}

std::optional<Instrument> read_instrument(const json::Value& item) {
  const std::string_view symbol = item.text("instId");
  const auto name = parse_instrument_name(symbol);
  if (!name || name->product == Product::kOption) return std::nullopt;
  // Of a pair that is suspended the tickers go on telling the last price there was.
  if (item.text("state") != "live") return std::nullopt;
  Instrument instrument;
  instrument.product = name->product;
  instrument.symbol = std::string(symbol);
  instrument.base = name->base;
  instrument.quote = name->quote.substr(0, name->quote.find('_'));  // "USD_UM" is in USD
  if (name->product == Product::kSpot) return instrument;
  return contract(item, std::move(instrument));
}

std::optional<Price> read_price(const json::Value& item) {
  const std::string_view symbol = item.text("instId");
  const auto name = parse_instrument_name(symbol);
  const std::string_view mark = item.text("markPx");
  const auto price = Decimal::parse(mark.empty() ? item.text("last") : mark);
  if (!name || !price || !price->is_positive()) return std::nullopt;
  return Price{name->product, std::string(symbol), *price};
}

}  // namespace

// Swaps and dated futures come both linear and inverse in one answer; who wants one product only
// asks for that one, so each has queries of its own.
std::vector<MarketQuery> market_queries() {
  std::vector<MarketQuery> queries{
      query(kInstrumentsPath, "instType=SPOT", kInstrumentsEvery, Product::kSpot),
      query("/api/v5/market/tickers", "instType=SPOT", kPricesEvery, Product::kSpot),
  };
  for (const Product product : {Product::kLinear, Product::kInverse}) {
    for (const std::string_view type : {"instType=SWAP", "instType=FUTURES"}) {
      queries.push_back(query(kInstrumentsPath, type, kInstrumentsEvery, product));
      queries.push_back(query("/api/v5/public/mark-price", type, kPricesEvery, product));
    }
  }
  return queries;
}

Result<MarketUpdate> parse_market(const MarketQuery& query, const HttpResponse& response) {
  KS_TRY(const json::Value data, parse_answer(response));
  MarketUpdate update;
  for (const json::Value& item : *data.if_array()) {
    if (query.request.path == kInstrumentsPath) {
      const auto instrument = read_instrument(item);
      if (instrument && instrument->product == query.product) {
        update.instruments.push_back(*instrument);
      }
    } else {
      const auto price = read_price(item);
      if (price && price->product == query.product) update.prices.push_back(*price);
      keep_newest(&update.told, item.text("ts"));
    }
  }
  if (!update.told) update.told = answer_date(response);
  return update;
}

HttpRequest time_query() { return get(kTimePath, ""); }

Result<WallTime> parse_time(const HttpResponse& response) {
  KS_TRY(const json::Value data, parse_answer(response));
  const json::Array& items = *data.if_array();
  const json::Value* text = items.size() == 1 ? items.front().find("ts") : nullptr;
  if (!text) return odd_answer();
  const Result<int64_t> ms = text->as_int64();
  if (!ms) return odd_answer();
  return from_epoch_ms(*ms);
}

std::optional<HttpResponse> answer_time(const Route& route, WallTime now) {
  if (route.path != kTimePath) return std::nullopt;
  const json::Value body = json::object(
      {{"code", "0"},
       {"msg", ""},
       {"data", json::array({json::object({{"ts", std::to_string(epoch_ms(now))}})})}});
  return HttpResponse{200, {{"Content-Type", "application/json"}}, json::dump(body)};
}

}  // namespace keystile::exchanges::okx
