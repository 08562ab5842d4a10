// Public market data. Spot and USDS-M share the handlers: the path tells which.
#include <array>

#include "sandbox/binance/handlers.h"
#include "sandbox/money.h"

namespace keystile::sandbox::binance {
namespace {

constexpr uint64_t kDefaultLimit = 500, kMaxLimit = 1000;

bool is_futures(const Call& call) { return call.request.path.starts_with("/fapi/"); }
Product product_of(const Call& call) {
  return is_futures(call) ? Product::kLinear : Product::kSpot;
}

Answer<uint64_t> limit_of(const Call& call, uint64_t usual = kDefaultLimit) {
  KS_REPLY_TRY(const auto limit, call.whole("limit"));
  return std::min(limit.value_or(usual), kMaxLimit);
}

json::Value levels(const std::vector<Level>& side) {
  json::Array out;
  for (const Level& level : side) {
    out.push_back(json::array({fixed(level.price), fixed(level.quantity)}));
  }
  return out;
}

std::string level_price(const std::optional<Level>& level) {
  return fixed(level ? level->price : Decimal());
}
std::string level_quantity(const std::optional<Level>& level) {
  return fixed(level ? level->quantity : Decimal());
}

struct Interval {
  std::string_view name;
  int64_t minutes;
};
constexpr std::array<Interval, 14> kIntervals{{{"1m", 1},
                                               {"3m", 3},
                                               {"5m", 5},
                                               {"15m", 15},
                                               {"30m", 30},
                                               {"1h", 60},
                                               {"2h", 120},
                                               {"4h", 240},
                                               {"6h", 360},
                                               {"8h", 480},
                                               {"12h", 720},
                                               {"1d", 1440},
                                               {"3d", 4320},
                                               {"1w", 10080}}};

json::Value kline(const Candle& candle, Millis interval) {
  return json::array({epoch_ms(candle.open_time), fixed(candle.open), fixed(candle.high),
                      fixed(candle.low), fixed(candle.close), fixed(candle.volume),
                      epoch_ms(candle.open_time + interval) - 1, fixed(candle.quote_volume),
                      candle.trades, fixed(divide(candle.volume, Decimal(2), Rounding::kDown)),
                      fixed(divide(candle.quote_volume, Decimal(2), Rounding::kDown)), "0"});
}

// The instruments asked for: one, a JSON list, or all. An answer for one is no list.
Reply for_symbols(const Call& call, json::Value (*describe)(const Call&, const Instrument&)) {
  if (call.has("symbol")) {
    KS_REPLY_TRY(const Instrument* one, call.instrument(product_of(call)));
    return describe(call, *one);
  }
  const std::string_view several = call.param("symbols");
  json::Array out;
  for (const Instrument* i : call.venue.engine().instruments()) {
    if (i->product != product_of(call)) continue;
    if (!several.empty() && several.find("\"" + i->symbol + "\"") == several.npos) continue;
    out.push_back(describe(call, *i));
  }
  return json::Value(std::move(out));
}

json::Value describe_day(const Call& call, const Instrument& i) {
  const Ticker ticker = call.venue.market().ticker(i.id);
  const Candle& day = ticker.day;
  const Decimal change = ticker.last - day.open;
  const Decimal percent =
      day.open.is_zero() ? Decimal() : divide(change * Decimal(100), day.open, Rounding::kDown);
  const Decimal average =
      day.volume.is_zero() ? ticker.last : divide(day.quote_volume, day.volume, Rounding::kDown);
  return json::object({{"symbol", i.symbol},
                       {"priceChange", fixed(change)},
                       {"priceChangePercent", fixed(percent, 3)},
                       {"weightedAvgPrice", fixed(average)},
                       {"prevClosePrice", fixed(day.open)},
                       {"lastPrice", fixed(ticker.last)},
                       {"lastQty", fixed(i.lot)},
                       {"bidPrice", level_price(ticker.bid)},
                       {"bidQty", level_quantity(ticker.bid)},
                       {"askPrice", level_price(ticker.ask)},
                       {"askQty", level_quantity(ticker.ask)},
                       {"openPrice", fixed(day.open)},
                       {"highPrice", fixed(day.high)},
                       {"lowPrice", fixed(day.low)},
                       {"volume", fixed(day.volume)},
                       {"quoteVolume", fixed(day.quote_volume)},
                       {"openTime", epoch_ms(call.now) - 86'400'000},
                       {"closeTime", epoch_ms(call.now)},
                       {"firstId", 1},
                       {"lastId", 1 + day.trades},
                       {"count", day.trades}});
}

json::Value describe_price(const Call& call, const Instrument& i) {
  json::Value out =
      json::object({{"symbol", i.symbol}, {"price", fixed(call.venue.engine().last_price(i.id))}});
  if (is_futures(call)) out.set("time", epoch_ms(call.now));
  return out;
}

json::Value describe_book(const Call& call, const Instrument& i) {
  const Ticker ticker = call.venue.market().ticker(i.id);
  json::Value out = json::object({{"symbol", i.symbol},
                                  {"bidPrice", level_price(ticker.bid)},
                                  {"bidQty", level_quantity(ticker.bid)},
                                  {"askPrice", level_price(ticker.ask)},
                                  {"askQty", level_quantity(ticker.ask)}});
  if (is_futures(call)) out.set("time", epoch_ms(call.now));
  return out;
}

json::Value describe_premium(const Call& call, const Instrument& i) {
  const std::string mark = fixed(call.venue.engine().reference_price(i.id));
  const int64_t period = 8 * 3'600'000;
  return json::object({{"symbol", i.symbol},
                       {"markPrice", mark},
                       {"indexPrice", mark},
                       {"estimatedSettlePrice", mark},
                       {"lastFundingRate", "0.00010000"},
                       {"interestRate", "0.00010000"},
                       {"nextFundingTime", (epoch_ms(call.now) / period + 1) * period},
                       {"time", epoch_ms(call.now)}});
}

}  // namespace

Reply depth(const Call& call) {
  KS_REPLY_TRY(const Instrument* i, call.instrument(product_of(call)));
  KS_REPLY_TRY(const uint64_t limit, limit_of(call, 100));
  const BookSnapshot book = call.venue.engine().book(i->id, limit);
  json::Value out = json::object({{"lastUpdateId", book.sequence}});
  if (is_futures(call)) {
    out.set("E", epoch_ms(call.now));
    out.set("T", epoch_ms(call.now));
  }
  out.set("bids", levels(book.bids));
  out.set("asks", levels(book.asks));
  return out;
}

Reply trades(const Call& call) {
  KS_REPLY_TRY(const Instrument* i, call.instrument(product_of(call)));
  KS_REPLY_TRY(const uint64_t limit, limit_of(call));
  json::Array out;
  for (const PublicTrade& trade : call.venue.market().trades(i->id, limit)) {
    out.push_back(json::object({{"id", number(trade.id)},
                                {"price", fixed(trade.price)},
                                {"qty", fixed(trade.quantity)},
                                {"quoteQty", fixed(trade.price * trade.quantity)},
                                {"time", epoch_ms(trade.time)},
                                {"isBuyerMaker", trade.taker == Side::kSell},
                                {"isBestMatch", true}}));
  }
  return json::Value(std::move(out));
}

Reply aggregate_trades(const Call& call) {
  KS_REPLY_TRY(const Instrument* i, call.instrument(product_of(call)));
  KS_REPLY_TRY(const uint64_t limit, limit_of(call));
  json::Array out;
  for (const PublicTrade& trade : call.venue.market().trades(i->id, limit)) {
    out.push_back(json::object({{"a", number(trade.id)},
                                {"p", fixed(trade.price)},
                                {"q", fixed(trade.quantity)},
                                {"f", number(trade.id)},
                                {"l", number(trade.id)},
                                {"T", epoch_ms(trade.time)},
                                {"m", trade.taker == Side::kSell},
                                {"M", true}}));
  }
  return json::Value(std::move(out));
}

Reply klines(const Call& call) {
  KS_REPLY_TRY(const Instrument* i, call.instrument(product_of(call)));
  KS_REPLY_TRY(const std::string name, call.require("interval"));
  const auto found = std::find_if(kIntervals.begin(), kIntervals.end(),
                                  [&](const Interval& interval) { return interval.name == name; });
  if (found == kIntervals.end()) return failure(-1120, "Invalid interval.");
  KS_REPLY_TRY(const auto from, call.whole("startTime"));
  KS_REPLY_TRY(const auto until, call.whole("endTime"));
  KS_REPLY_TRY(const uint64_t limit, limit_of(call));
  const Millis interval{found->minutes * 60'000};
  const auto at = [](uint64_t ms) {
    return from_epoch_ms(static_cast<int64_t>(std::min<uint64_t>(ms, 4'102'444'800'000)));
  };
  json::Array out;
  for (const Candle& candle : call.venue.market().candles(i->id, interval, at(from.value_or(0)),
                                                          until ? at(*until) : call.now, limit)) {
    out.push_back(kline(candle, interval));
  }
  return json::Value(std::move(out));
}

Reply average_price(const Call& call) {
  KS_REPLY_TRY(const Instrument* i, call.instrument(Product::kSpot));
  return json::object({{"mins", 5},
                       {"price", fixed(call.venue.engine().reference_price(i->id))},
                       {"closeTime", epoch_ms(call.now)}});
}

Reply ticker_day(const Call& call) { return for_symbols(call, describe_day); }
Reply ticker_price(const Call& call) { return for_symbols(call, describe_price); }
Reply ticker_book(const Call& call) { return for_symbols(call, describe_book); }
Reply premium_index(const Call& call) { return for_symbols(call, describe_premium); }

Reply funding_rate(const Call& call) {
  const int64_t period = 8 * 3'600'000;
  json::Array out;
  for (const Instrument* i : call.venue.engine().instruments()) {
    if (i->product != Product::kLinear) continue;
    if (call.has("symbol") && i->symbol != call.param("symbol")) continue;
    out.push_back(json::object({{"symbol", i->symbol},
                                {"fundingTime", epoch_ms(call.now) / period * period},
                                {"fundingRate", "0.00010000"},
                                {"markPrice", fixed(call.venue.engine().reference_price(i->id))}}));
  }
  return json::Value(std::move(out));
}

Reply open_interest(const Call& call) {
  KS_REPLY_TRY(const Instrument* i, call.instrument(Product::kLinear));
  return json::object(
      {{"openInterest", "10659.509"}, {"symbol", i->symbol}, {"time", epoch_ms(call.now)}});
}

}  // namespace keystile::sandbox::binance
