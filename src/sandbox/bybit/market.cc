// Public market data: docs/v5/market.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "sandbox/bybit/call.h"
#include "sandbox/money.h"

namespace keystile::sandbox::bybit {
namespace {

// Instruments of the category that match the filters; null if the category does not exist.
std::optional<std::vector<const Instrument*>> select(const Call& call) {
  const std::string_view category = call.text("category");
  const auto product = product_of(category);
  if (!product) {
    if (category != "inverse" && category != "option") return std::nullopt;
    return std::vector<const Instrument*>{};
  }
  std::vector<const Instrument*> chosen = call.venue.engine().instruments();
  std::erase_if(chosen, [&](const Instrument* instrument) {
    return instrument->product != *product ||
           (!call.text("symbol").empty() && instrument->symbol != call.text("symbol")) ||
           (!call.text("baseCoin").empty() && instrument->base != call.text("baseCoin"));
  });
  return chosen;
}

json::Value spot_row(const Instrument& instrument) {
  return json::object({{"symbol", instrument.symbol},
                       {"baseCoin", instrument.base},
                       {"quoteCoin", instrument.quote},
                       {"innovation", "0"},
                       {"status", "Trading"},
                       {"marginTrading", "utaOnly"},
                       {"stTag", "0"},
                       {"lotSizeFilter", json::object({{"basePrecision", instrument.lot},
                                                       {"quotePrecision", "0.00000001"},
                                                       {"minOrderQty", instrument.min_quantity},
                                                       {"maxOrderQty", instrument.max_quantity},
                                                       {"minOrderAmt", instrument.min_notional},
                                                       {"maxOrderAmt", "8000000"}})},
                       {"priceFilter", json::object({{"tickSize", instrument.tick}})},
                       {"riskParameters", json::object({{"priceLimitRatioX", "0.05"},
                                                        {"priceLimitRatioY", "0.05"}})}});
}

json::Value linear_row(const Instrument& instrument) {
  return json::object(
      {{"symbol", instrument.symbol},
       {"contractType", "LinearPerpetual"},
       {"status", "Trading"},
       {"baseCoin", instrument.base},
       {"quoteCoin", instrument.quote},
       {"launchTime", "1585526400000"},
       {"deliveryTime", "0"},
       {"deliveryFeeRate", ""},
       {"priceScale", "2"},
       {"leverageFilter",
        json::object({{"minLeverage", "1"}, {"maxLeverage", "100.00"}, {"leverageStep", "0.01"}})},
       {"priceFilter", json::object({{"minPrice", instrument.tick},
                                     {"maxPrice", "1999999.80"},
                                     {"tickSize", instrument.tick}})},
       {"lotSizeFilter", json::object({{"maxOrderQty", instrument.max_quantity},
                                       {"minOrderQty", instrument.min_quantity},
                                       {"qtyStep", instrument.lot},
                                       {"postOnlyMaxOrderQty", instrument.max_quantity},
                                       {"maxMktOrderQty", instrument.max_quantity},
                                       {"minNotionalValue", instrument.min_notional}})},
       {"unifiedMarginTrade", true},
       {"fundingInterval", 480},
       {"settleCoin", instrument.quote},
       {"copyTrading", "none"},
       {"upperFundingRate", "0.00375"},
       {"lowerFundingRate", "-0.00375"},
       {"isPreListing", false},
       {"preListingInfo", nullptr}});
}

std::optional<Millis> interval_of(std::string_view text) {
  using std::chrono::minutes;
  if (text == "D") return minutes{24 * 60};
  if (text == "W") return minutes{7 * 24 * 60};
  constexpr std::array<uint64_t, 10> kMinutes{1, 3, 5, 15, 30, 60, 120, 240, 360, 720};
  const auto count = parse_uint64(text);
  if (!count || std::find(kMinutes.begin(), kMinutes.end(), *count) == kMinutes.end()) return {};
  return minutes{*count};
}

WallTime time_param(const Call& call, std::string_view name, WallTime otherwise) {
  const auto value = parse_uint64(call.text(name));
  return value && *value < 10'000'000'000'000u ? from_epoch_ms(static_cast<int64_t>(*value))
                                               : otherwise;
}

}  // namespace

json::Value ticker_row(Venue& venue, const Instrument& instrument, WallTime now) {
  const Ticker ticker = venue.market().ticker(instrument.id);
  const Decimal& open = ticker.day.open;
  const Decimal change =
      open.is_zero()
          ? open
          : divide(ticker.last - open, open, Rounding::kDown).rounded(6, Rounding::kDown);
  const auto price = [](const std::optional<Level>& level) {
    return level ? level->price.str() : std::string();
  };
  const auto size = [](const std::optional<Level>& level) {
    return level ? level->quantity.str() : std::string();
  };
  json::Value row = json::object({{"symbol", instrument.symbol},
                                  {"bid1Price", price(ticker.bid)},
                                  {"bid1Size", size(ticker.bid)},
                                  {"ask1Price", price(ticker.ask)},
                                  {"ask1Size", size(ticker.ask)},
                                  {"lastPrice", ticker.last},
                                  {"prevPrice24h", open},
                                  {"price24hPcnt", change},
                                  {"highPrice24h", ticker.day.high},
                                  {"lowPrice24h", ticker.day.low},
                                  {"turnover24h", ticker.day.quote_volume},
                                  {"volume24h", ticker.day.volume}});
  if (instrument.product == Product::kSpot) {
    if (instrument.quote == "USDT") row.set("usdIndexPrice", ticker.mark);
    return row;
  }
  row.set("indexPrice", ticker.mark);
  row.set("markPrice", ticker.mark);
  row.set("prevPrice1h", ticker.last);
  row.set("openInterest", "0");
  row.set("openInterestValue", "0");
  row.set("fundingRate", "0.0001");
  constexpr int64_t kEightHours = 8 * 3600 * 1000;
  row.set("nextFundingTime", std::to_string((epoch_ms(now) / kEightHours + 1) * kEightHours));
  row.set("fundingIntervalHour", "8");
  row.set("deliveryTime", "0");
  for (const char* name : {"deliveryFeeRate", "predictedDeliveryPrice", "basisRate", "basis"}) {
    row.set(name, "");
  }
  return row;
}

json::Value levels(const std::vector<Level>& side) {
  json::Array rows;
  for (const Level& level : side) rows.push_back(json::array({level.price, level.quantity}));
  return rows;
}

Reply server_time(const Call& call) {
  const int64_t ms = epoch_ms(call.now);
  return ok(json::object(
      {{"timeSecond", std::to_string(ms / 1000)}, {"timeNano", fmt::format("{}000000", ms)}}));
}

Reply instruments_info(const Call& call) {
  const auto chosen = select(call);
  if (!chosen) return bad_parameter("category");
  json::Array rows;
  for (const Instrument* instrument : *chosen) {
    rows.push_back(instrument->product == Product::kSpot ? spot_row(*instrument)
                                                         : linear_row(*instrument));
  }
  return page(call, std::move(rows), 500, 1000);
}

Reply tickers(const Call& call) {
  const auto chosen = select(call);
  if (!chosen) return bad_parameter("category");
  if (chosen->empty() && !call.text("symbol").empty()) return bad_parameter("symbol invalid");
  json::Array rows;
  for (const Instrument* instrument : *chosen)
    rows.push_back(ticker_row(call.venue, *instrument, call.now));
  return ok(json::object({{"category", call.text("category")}, {"list", std::move(rows)}}));
}

Reply orderbook(const Call& call) {
  const Instrument* instrument = find_instrument(call, call.text("symbol"));
  if (!instrument) return bad_parameter("symbol invalid");
  const uint64_t asked = parse_uint64(call.text("limit")).value_or(0);
  const uint64_t usual = instrument->product == Product::kSpot ? 1 : 25;
  const BookSnapshot book =
      call.venue.engine().book(instrument->id, std::min<uint64_t>(asked ? asked : usual, 1000));
  return ok(json::object({{"s", instrument->symbol},
                          {"a", levels(book.asks)},
                          {"b", levels(book.bids)},
                          {"ts", epoch_ms(call.now)},
                          {"u", call.numbers.number(instrument->id, book.sequence)},
                          {"seq", book.sequence},
                          {"cts", epoch_ms(call.now)}}));
}

Reply kline(const Call& call) {
  const Instrument* instrument = find_instrument(call, call.text("symbol"));
  const auto interval = interval_of(call.text("interval"));
  if (!instrument) return bad_parameter("symbol invalid");
  if (!interval) return bad_parameter("interval");
  const uint64_t limit = parse_uint64(call.text("limit")).value_or(200);
  const auto candles = call.venue.market().candles(
      instrument->id, *interval, time_param(call, "start", WallTime{}),
      time_param(call, "end", call.now), std::clamp<uint64_t>(limit, 1, 1000));
  json::Array rows;
  for (auto candle = candles.rbegin(); candle != candles.rend(); ++candle) {
    rows.push_back(json::array({millis(candle->open_time), candle->open, candle->high, candle->low,
                                candle->close, candle->volume, candle->quote_volume}));
  }
  return ok(json::object({{"category", call.text("category")},
                          {"symbol", instrument->symbol},
                          {"list", std::move(rows)}}));
}

Reply recent_trades(const Call& call) {
  const Instrument* instrument = find_instrument(call, call.text("symbol"));
  if (!instrument) return bad_parameter("symbol invalid");
  const bool spot = instrument->product == Product::kSpot;
  const uint64_t most = spot ? 60 : 1000;
  const uint64_t limit = parse_uint64(call.text("limit")).value_or(spot ? 60 : 500);
  const auto trades =
      call.venue.market().trades(instrument->id, std::clamp<uint64_t>(limit, 1, most));
  json::Array rows;
  for (auto trade = trades.rbegin(); trade != trades.rend(); ++trade) {
    rows.push_back(json::object({{"execId", std::to_string(number(trade->id))},
                                 {"symbol", instrument->symbol},
                                 {"price", trade->price},
                                 {"size", trade->quantity},
                                 {"side", trade->taker == Side::kBuy ? "Buy" : "Sell"},
                                 {"time", millis(trade->time)},
                                 {"isBlockTrade", false},
                                 {"isRPITrade", false},
                                 {"seq", std::to_string(number(trade->id))}}));
  }
  return ok(json::object({{"category", call.text("category")}, {"list", std::move(rows)}}));
}

}  // namespace keystile::sandbox::bybit
