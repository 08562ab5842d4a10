#include "sandbox/market.h"

#include <algorithm>

#include "sandbox/money.h"

namespace keystile::sandbox {
namespace {

constexpr Millis kMinute{60'000};
constexpr Millis kDay{86'400'000};
constexpr int kHistoryMinutes = 25 * 60;
constexpr size_t kTradesKept = 1000;
constexpr uint64_t kStepPpm = 300;
// How far from the reference price the house quotes, in hundredths of a percent.
constexpr int kQuoteOffsets[] = {1,  2,  3,   5,   8,   12,  17,  23,  30,  40,
                                 55, 75, 100, 130, 170, 220, 280, 350, 450, 600};

WallTime begin_of(Millis interval, WallTime time) {
  return WallTime{time.time_since_epoch() / interval * interval};
}

void extend(Candle* candle, const Decimal& price, const Decimal& quantity,
            const Decimal& quote_quantity) {
  if (candle->trades == 0) candle->open = candle->high = candle->low = price;
  candle->high = larger(candle->high, price);
  candle->low = smaller(candle->low, price);
  candle->close = price;
  candle->volume += quantity;
  candle->quote_volume += quote_quantity;
  ++candle->trades;
}

void merge(Candle* into, const Candle& candle) {
  if (into->trades == 0) {
    const WallTime open_time = into->open_time;
    *into = candle;
    into->open_time = open_time;
    return;
  }
  into->high = larger(into->high, candle.high);
  into->low = smaller(into->low, candle.low);
  into->close = candle.close;
  into->volume += candle.volume;
  into->quote_volume += candle.quote_volume;
  into->trades += candle.trades;
}

}  // namespace

Market::Market(Engine& engine, Random& random, const WallTime& now)
    : engine_(engine), random_(random), now_(now) {
  engine_.on_trade([this](const Instrument& instrument, const PublicTrade& trade) {
    on_trade(instrument, trade);
  });
}

void Market::open(const Instrument& instrument) {
  State& state = states_[instrument.id];
  state.instrument = &instrument;
  Decimal price = instrument.seed_price;
  // Walk backwards, so that history ends where the market starts.
  for (int i = 1; i <= kHistoryMinutes; ++i) {
    Candle candle{.open_time = begin_of(kMinute, now_) - i * kMinute};
    const Decimal before = step(instrument, price);
    for (const Decimal& at : {before, price}) {
      extend(&candle, at, instrument.level_quantity,
             at * instrument.level_quantity * instrument.contract_size);
    }
    state.minutes.push_front(candle);
    price = before;
  }
  quote(instrument, false);
  engine_.print(instrument.id, instrument.lot, Side::kBuy);
}

// One step of the walk, kept between half and double the seed price.
Decimal Market::step(const Instrument& instrument, const Decimal& price) {
  const auto ppm = static_cast<int64_t>(random_.below(2 * kStepPpm + 1)) - int64_t{kStepPpm};
  const Decimal moved = price + divide(price * Decimal(ppm), Decimal(1'000'000), Rounding::kDown);
  const Decimal rounded = floor_to(moved, instrument.tick);
  const Decimal two(2);
  if (rounded * two < instrument.seed_price || rounded > instrument.seed_price * two) return price;
  return rounded;
}

void Market::tick() {
  for (const auto& [id, state] : states_) {
    if (state.instrument->follows.empty()) {
      reprice(*state.instrument, step(*state.instrument, engine_.reference_price(id)));
    }
  }
}

Status Market::move(std::string_view instrument, const Decimal& price) {
  const State* state = find(instrument);
  if (!state) return fail("instrument.unknown", "there is no such instrument");
  if (!is_amount(price)) return fail("order.price", "the price is not a positive amount");
  if (!is_multiple(price, state->instrument->tick)) {
    return fail("order.tick", "the price is not a multiple of " + state->instrument->tick.str());
  }
  reprice(*state->instrument, price);
  return {};
}

// The instrument and those that follow it.
void Market::reprice(const Instrument& instrument, const Decimal& price) {
  engine_.set_reference_price(instrument.id, price);
  quote(instrument, true);
  engine_.print(instrument.id, instrument.lot, random_.below(2) == 0 ? Side::kBuy : Side::kSell);
  for (const auto& [id, state] : states_) {
    if (state.instrument->follows == instrument.id) {
      reprice(*state.instrument, floor_to(price, state.instrument->tick));
    }
  }
}

void Market::refill() {
  for (const auto& [id, state] : states_) {
    if (engine_.quotes_taken(id)) quote(*state.instrument, false);
  }
}

void Market::quote(const Instrument& instrument, bool may_cross) {
  engine_.withdraw_quotes(instrument.id);
  const Decimal reference = engine_.reference_price(instrument.id);
  NewOrder order;
  order.instrument = instrument.id;
  order.quantity = instrument.level_quantity;
  order.time_in_force = may_cross ? TimeInForce::kGtc : TimeInForce::kPostOnly;
  for (const Side side : {Side::kBuy, Side::kSell}) {
    order.side = side;
    Decimal previous = reference;
    for (const int offset : kQuoteOffsets) {
      const Decimal distance = divide(reference * Decimal(offset), Decimal(10'000), Rounding::kUp);
      order.price = floor_to(side == Side::kBuy ? reference - distance : reference + distance,
                             instrument.tick);
      if (order.price == previous || !order.price.is_positive()) continue;
      previous = order.price;
      // A quote that would cross when it must not is simply left out.
      (void)engine_.submit(kHouse, order);
    }
  }
}

void Market::on_trade(const Instrument& instrument, const PublicTrade& trade) {
  State& state = states_[instrument.id];
  state.trades.push_back(trade);
  if (state.trades.size() > kTradesKept) state.trades.pop_front();
  const WallTime minute = begin_of(kMinute, trade.time);
  if (state.minutes.empty() || state.minutes.back().open_time != minute) {
    state.minutes.push_back(Candle{.open_time = minute});
    if (state.minutes.size() > 2 * kHistoryMinutes) state.minutes.pop_front();
  }
  extend(&state.minutes.back(), trade.price, trade.quantity,
         trade.price * trade.quantity * instrument.contract_size);
}

const Market::State* Market::find(std::string_view instrument) const {
  const auto found = states_.find(instrument);
  return found == states_.end() ? nullptr : &found->second;
}

Ticker Market::ticker(std::string_view instrument) const {
  Ticker ticker;
  const State* state = find(instrument);
  if (!state) return ticker;
  ticker.day.open_time = now_ - kDay;
  for (const Candle& minute : state->minutes) {
    if (minute.open_time > now_ - kDay) merge(&ticker.day, minute);
  }
  ticker.last = engine_.last_price(instrument);
  ticker.mark = engine_.reference_price(instrument);
  const BookSnapshot book = engine_.book(instrument, 1);
  if (!book.bids.empty()) ticker.bid = book.bids.front();
  if (!book.asks.empty()) ticker.ask = book.asks.front();
  return ticker;
}

std::vector<PublicTrade> Market::trades(std::string_view instrument, size_t limit) const {
  const State* state = find(instrument);
  if (!state) return {};
  const size_t count = std::min(limit, state->trades.size());
  return {state->trades.end() - static_cast<std::ptrdiff_t>(count), state->trades.end()};
}

std::vector<Candle> Market::candles(std::string_view instrument, Millis interval, WallTime from,
                                    WallTime to, size_t limit) const {
  std::vector<Candle> out;
  const State* state = find(instrument);
  if (!state || interval < kMinute) return out;
  for (const Candle& minute : state->minutes) {
    const WallTime begin = begin_of(interval, minute.open_time);
    if (begin < from || begin > to) continue;
    if (out.empty() || out.back().open_time != begin) out.push_back(Candle{.open_time = begin});
    merge(&out.back(), minute);
  }
  if (out.size() > limit) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(limit));
  return out;
}

}  // namespace keystile::sandbox
