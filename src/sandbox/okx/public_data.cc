// Instruments, prices, books, candles, trades.
#include <algorithm>

#include "base/encoding.h"
#include "sandbox/money.h"
#include "sandbox/okx/handlers.h"

namespace keystile::sandbox::okx {
namespace {

constexpr size_t kMaxLevels = 400;

bool is_known_type(std::string_view type) {
  constexpr std::string_view kTypes[] = {"SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

// Position in the list of all instruments: a number that names it just as well.
json::Value instrument_json(const Instrument& instrument, size_t index) {
  const bool swap = instrument.product != Product::kSpot;
  const std::string pair = instrument.base + "-" + instrument.quote;
  return json::object({{"alias", ""},
                       {"auctionEndTime", ""},
                       {"baseCcy", swap ? "" : instrument.base},
                       {"category", "1"},
                       {"contTdSwTime", "1704876947000"},
                       {"ctMult", swap ? "1" : ""},
                       {"ctType", swap ? "linear" : ""},
                       {"ctVal", swap ? text(instrument.contract_size) : ""},
                       {"ctValCcy", swap ? instrument.base : ""},
                       {"expTime", ""},
                       {"instFamily", swap ? pair : ""},
                       {"instId", instrument.symbol},
                       {"instIdCode", json::Value(static_cast<uint64_t>(10459 + index))},
                       {"instType", instrument_type(instrument)},
                       {"lever", swap ? "100" : "10"},
                       {"listTime", "1704876947000"},
                       {"lotSz", text(instrument.lot)},
                       {"maxIcebergSz", text(instrument.max_quantity)},
                       {"maxLmtAmt", "20000000"},
                       {"maxLmtSz", text(instrument.max_quantity)},
                       {"maxMktAmt", "1000000"},
                       {"maxMktSz", swap ? text(instrument.max_quantity) : "1000000"},
                       {"maxStopSz", text(instrument.max_quantity)},
                       {"maxTriggerSz", text(instrument.max_quantity)},
                       {"maxTwapSz", text(instrument.max_quantity)},
                       {"minSz", text(instrument.min_quantity)},
                       {"optType", ""},
                       {"quoteCcy", swap ? "" : instrument.quote},
                       {"ruleType", "normal"},
                       {"settleCcy", swap ? instrument.quote : ""},
                       {"state", "live"},
                       {"stk", ""},
                       {"tickSz", text(instrument.tick)},
                       {"tradeQuoteCcyList", json::array({instrument.quote})},
                       {"uly", swap ? pair : ""}});
}

// Every instrument of the query's type (and name) through `make`.
template <class Make>
Reply list(const Call& call, Make make) {
  const std::string_view type = call.param("instType");
  if (!is_known_type(type)) return bad_parameter("instType");
  json::Array items;
  const auto all = call.venue.engine().instruments();
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string_view name = call.param("instId");
    const bool wanted =
        instrument_type(*all[i]) == type && (name.empty() || name == all[i]->symbol);
    if (wanted) items.push_back(make(*all[i], i));
  }
  return json::Value(std::move(items));
}

Answer<const Instrument*> asked_instrument(const Call& call) {
  const std::string_view name = call.param("instId");
  if (name.empty()) return failure("50014", "Parameter instId cannot be empty.", 400);
  const Instrument* found = find_instrument(call.venue, name);
  if (!found)
    return failure("51001", "Instrument ID, Instrument ID code or Spread ID doesn't exist.");
  return found;
}

size_t limit_of(const Call& call, std::string_view name, size_t standard, size_t most) {
  const auto value = parse_uint64(call.param(name));
  return value ? std::min<size_t>(std::max<size_t>(*value, 1), most) : standard;
}

struct Bar {
  std::string_view name;
  int minutes;
};
constexpr Bar kBars[] = {{"1m", 1},       {"3m", 3},      {"5m", 5},    {"15m", 15},
                         {"30m", 30},     {"1H", 60},     {"2H", 120},  {"4H", 240},
                         {"6H", 360},     {"12H", 720},   {"1D", 1440}, {"6Hutc", 360},
                         {"12Hutc", 720}, {"1Dutc", 1440}};

}  // namespace

json::Value ticker_json(Venue& venue, const Instrument& instrument, WallTime now) {
  const Ticker ticker = venue.market().ticker(instrument.id);
  const bool swap = instrument.product != Product::kSpot;
  // A swap's vol24h counts contracts and volCcy24h base; spot counts base and quote.
  const Decimal base_volume = ticker.day.volume * instrument.contract_size;
  const auto price = [](const std::optional<Level>& level) {
    return level ? text(level->price) : std::string();
  };
  const auto size = [](const std::optional<Level>& level) {
    return level ? text(level->quantity) : std::string();
  };
  return json::object({{"instType", instrument_type(instrument)},
                       {"instId", instrument.symbol},
                       {"last", text(ticker.last)},
                       {"lastSz", text(instrument.min_quantity)},
                       {"askPx", price(ticker.ask)},
                       {"askSz", size(ticker.ask)},
                       {"bidPx", price(ticker.bid)},
                       {"bidSz", size(ticker.bid)},
                       {"open24h", text(ticker.day.open)},
                       {"high24h", text(ticker.day.high)},
                       {"low24h", text(ticker.day.low)},
                       {"volCcy24h", text(swap ? base_volume : ticker.day.quote_volume)},
                       {"vol24h", text(ticker.day.volume)},
                       {"sodUtc0", text(ticker.day.open)},
                       {"sodUtc8", text(ticker.day.open)},
                       {"ts", ms(now)}});
}

json::Value levels_json(const std::vector<Level>& levels) {
  json::Array items;
  for (const Level& level : levels) {
    items.push_back(json::array({text(level.price), text(level.quantity), "0", "1"}));
  }
  return json::Value(std::move(items));
}

std::string_view instrument_type(const Instrument& instrument) {
  return instrument.product == Product::kSpot ? "SPOT" : "SWAP";
}

const Instrument* find_instrument(Venue& venue, std::string_view symbol) {
  const Engine& engine = venue.engine();
  const Instrument* spot = engine.find_symbol(Product::kSpot, symbol);
  return spot ? spot : engine.find_symbol(Product::kLinear, symbol);
}

Reply server_time(const Call& call) { return one(json::object({{"ts", ms(call.now)}})); }

Reply status(const Call&) { return json::Value(json::Array{}); }

Reply instruments(const Call& call) {
  return list(call, [&](const Instrument& instrument, size_t index) {
    return instrument_json(instrument, index);
  });
}

Reply mark_price(const Call& call) {
  return list(call, [&](const Instrument& instrument, size_t) {
    return json::object({{"instType", instrument_type(instrument)},
                         {"instId", instrument.symbol},
                         {"markPx", text(call.venue.engine().reference_price(instrument.id))},
                         {"ts", ms(call.now)}});
  });
}

Reply tickers(const Call& call) {
  return list(call,
              [&](const Instrument& instrument, size_t) { return ticker_json(call.venue, instrument, call.now); });
}

Reply ticker(const Call& call) {
  const auto instrument = asked_instrument(call);
  if (!instrument) return tl::unexpected(instrument.error());
  return one(ticker_json(call.venue, **instrument, call.now));
}

Reply books(const Call& call) {
  const auto instrument = asked_instrument(call);
  if (!instrument) return tl::unexpected(instrument.error());
  const BookSnapshot book =
      call.venue.engine().book((*instrument)->id, limit_of(call, "sz", 1, kMaxLevels));
  return one(json::object({{"asks", levels_json(book.asks)},
                           {"bids", levels_json(book.bids)},
                           {"ts", ms(call.now)},
                           {"seqId", json::Value(book.sequence)}}));
}

Reply candles(const Call& call) {
  const auto instrument = asked_instrument(call);
  if (!instrument) return tl::unexpected(instrument.error());
  const std::string_view name = call.param("bar").empty() ? "1m" : call.param("bar");
  const auto* bar = std::find_if(std::begin(kBars), std::end(kBars),
                                 [&](const Bar& b) { return b.name == name; });
  if (bar == std::end(kBars)) return bad_parameter("bar");
  const Millis interval = std::chrono::minutes(bar->minutes);
  const auto after = parse_uint64(call.param("after")), before = parse_uint64(call.param("before"));
  const WallTime from = before ? from_epoch_ms(*before) + Millis(1) : WallTime{};
  const WallTime to = after ? from_epoch_ms(*after) - Millis(1) : call.now;
  auto found = call.venue.market().candles((*instrument)->id, interval, from, to,
                                           limit_of(call, "limit", 100, 300));
  std::reverse(found.begin(), found.end());
  const bool swap = (*instrument)->product != Product::kSpot;
  json::Array items;
  for (const Candle& candle : found) {
    const Decimal base = candle.volume * (*instrument)->contract_size;
    items.push_back(json::array({ms(candle.open_time), text(candle.open), text(candle.high),
                                 text(candle.low), text(candle.close), text(candle.volume),
                                 text(swap ? base : candle.quote_volume), text(candle.quote_volume),
                                 candle.open_time + interval <= call.now ? "1" : "0"}));
  }
  return json::Value(std::move(items));
}

Reply public_trades(const Call& call) {
  const auto instrument = asked_instrument(call);
  if (!instrument) return tl::unexpected(instrument.error());
  auto trades = call.venue.market().trades((*instrument)->id, limit_of(call, "limit", 100, 500));
  std::reverse(trades.begin(), trades.end());
  json::Array items;
  for (const PublicTrade& trade : trades) {
    items.push_back(json::object({{"instId", (*instrument)->symbol},
                                  {"side", exchanges::to_string(trade.taker)},
                                  {"sz", text(trade.quantity)},
                                  {"source", "0"},
                                  {"px", text(trade.price)},
                                  {"tradeId", text(number(trade.id))},
                                  {"ts", ms(trade.time)}}));
  }
  return json::Value(std::move(items));
}

}  // namespace keystile::sandbox::okx
