// The house makes the market: it quotes both sides of every instrument round a reference price that
// walks at random, one step per tick() and never by itself, so that a test decides when prices
// move. What the public sees (trades, candles, tickers) comes from here.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "sandbox/engine.h"

namespace keystile::sandbox {

class Market {
 public:
  Market(Engine& engine, Random& random, const WallTime& now);

  // Starts trading an instrument, with 25 hours of made-up minutes behind it.
  void open(const Instrument& instrument);
  // Every reference price takes one step (0.03 % at most); the house quotes anew, prints a trade,
  // and stop orders may trigger.
  void tick();
  // Moves one reference price, and those that follow it, there at once. "instrument.unknown",
  // "order.price", "order.tick".
  Status move(std::string_view instrument, const Decimal& price);
  // Puts back what was taken from the house's quotes, without crossing anybody. Front ends need
  // not call it: Venue does before each request.
  void refill();

  Ticker ticker(std::string_view instrument) const;
  // Newest last; at most 1000 are kept.
  std::vector<PublicTrade> trades(std::string_view instrument, size_t limit) const;
  // Candles whose open time is in [from, to], newest last, the newest `limit` of them. interval:
  // any multiple of a minute; candles begin at multiples of it since 1970.
  std::vector<Candle> candles(std::string_view instrument, Millis interval, WallTime from,
                              WallTime to, size_t limit) const;

 private:
  struct State {
    const Instrument* instrument = nullptr;
    std::deque<PublicTrade> trades;
    std::deque<Candle> minutes;
  };
  void on_trade(const Instrument& instrument, const PublicTrade& trade);
  void reprice(const Instrument& instrument, const Decimal& price);
  void quote(const Instrument& instrument, bool may_cross);
  Decimal step(const Instrument& instrument, const Decimal& price);
  const State* find(std::string_view instrument) const;

  Engine& engine_;
  Random& random_;
  const WallTime& now_;
  std::map<std::string, State, std::less<>> states_;
};

}  // namespace keystile::sandbox
