// What the markets look like now: of each symbol its book, its latest trades, tickers and
// liquidations, and how far they can be believed. One thread writes (the feed's own); any thread
// may read, and gets copies.
//
//   const feed::Market* market = state.find(market::Venue::kBinanceSpot, "BTCUSDT");
//   if (market) use(market->quote());
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "feed/plan.h"
#include "feed/ring.h"
#include "market/book.h"
#include "market/events.h"

namespace keystile::feed {

// All times named received_ns are our clock's, since 1970; 0: never. What an exchange tells late,
// by its own time, counts as of that time: a stream that lags is no fresher than what it tells.
// What has no time of the exchange's is taken to be as late as the latest of what came of its
// market in the seconds before it, by whatever channel.

// The few values that decisions rest on. Each part has a time of its own: how old is too old is for
// the reader to say.
struct Quote {
  // The better known of book and book ticker: the one that spoke last, if it can be believed.
  std::optional<market::Number> bid_price, bid_amount, ask_price, ask_amount;
  market::Stamp top_stamp;
  int64_t top_received_ns = 0;
  std::optional<market::Number> last_price;
  int64_t last_received_ns = 0;
  bool last_is_stale = false;       // what was traded since may be missed
  market::DerivativeTicker ticker;  // without an instrument in its origin
  int64_t ticker_received_ns = 0;
  bool ticker_is_stale = false;  // it is what once was
  int64_t mark_received_ns = 0;  // of its mark price
};

// The best levels of a book, the best first.
struct Depth {
  market::Health health = market::Health::kWaiting;  // only kGood is to be traded on
  std::vector<market::Level> bids, asks;             // empty while it waits
  std::optional<int64_t> time_us;                    // the exchange's clock
  int64_t received_ns = 0;
  market::Stamp stamp;
  // Where the last snapshot was cut: beyond these prices levels may be missing.
  std::optional<market::Number> last_bid, last_ask;
};

// A trade or a liquidation.
struct Deal {
  std::string id;
  market::Number price, amount;
  market::Side side = market::Side::kUnknown;
  std::optional<int64_t> time_us;
  int64_t received_ns = 0;
  market::TradeStamp stamp;  // of a trade
};

// Whether a market trades, as the exchange last said.
struct TradingStatus {
  market::Trading trading = market::Trading::kUnknown;
  std::string text;  // the exchange's own word
  std::optional<int64_t> time_us;
  int64_t received_ns = 0;
};

// How far one kind of what is told of a symbol can be believed.
struct Pulse {
  bool is_planned = false;  // an exchange is asked for it
  // Its connection is lost or frozen, or none was open yet; and, of what has a state, the state has
  // not come again since. Trades and liquidations have none: they are heard as soon as it is open.
  bool is_stale = false;
  int64_t received_ns = 0;  // the last one
  // Of trades and liquidations: the first one on this connection; none was missed since. 0: none.
  int64_t since_ns = 0;
};

// How far a symbol can be believed.
struct Freshness {
  market::Health book = market::Health::kWaiting;
  bool gap = false;         // something was missed, and is not made good yet
  bool stale = false;       // any of `channels` is
  int64_t received_ns = 0;  // the last event of any kind
  int64_t book_received_ns = 0;
  uint64_t events = 0, gaps = 0;            // since the start
  uint64_t wrong = 0;                       // of these gaps: books that did not meet their checksum
  std::array<Pulse, kChannels> channels{};  // by Channel
};

// What became of an event.
enum class Taken : uint8_t {
  kTold,     // it is to be told
  kNothing,  // a change of a book that waits for a snapshot: it applies to nothing
  // The book was whole before this event, or should be by it (a snapshot), and is not, though no
  // notice says so (a checksum that it does not meet): it must be asked for anew.
  kLost,
};

class Market {
 public:
  Market(market::Instrument instrument, size_t trades_kept)
      : instrument_(std::move(instrument)), trades_(trades_kept), liquidations_(kLiquidations) {}

  static constexpr size_t kLiquidations = 100;

  // Any thread:
  const market::Instrument& instrument() const { return instrument_; }
  Quote quote() const;
  // At most `levels` of each side.
  Depth depth(size_t levels) const;
  // The newest first.
  std::vector<Deal> trades(size_t limit) const;
  // Those of them between which no connection was lost.
  std::vector<Deal> unbroken_trades(size_t limit) const;
  std::vector<Deal> liquidations(size_t limit) const;
  TradingStatus status() const;
  Freshness freshness() const;
  Pulse pulse(Channel channel) const;

  // The writer's thread.
  Taken apply(const market::Event& event);
  // The writer's thread. Exchanges will be asked for this channel of it,
  void expect(Channel channel);
  // the connection that brings it is open,
  void open(Channel channel);
  // or lost or frozen. A best bid and ask from there is forgotten.
  void fall_silent(Channel channel);
  // Some of its trades or liquidations were missed, though the connection stands. False: that is
  // known, since none has come after the last time.
  bool miss(Channel channel);
  // What tells whether it trades is lost: nobody knows it any more. False: nobody did.
  bool lose_status(int64_t now_ns);

 private:
  void take(const market::Trade& trade);
  void take(const market::BookChange& change);
  void take(const market::BookTicker& ticker);
  void take(const market::DerivativeTicker& ticker);
  void take(const market::Liquidation& liquidation);
  void take(const market::OptionSummary& option) { hear(Channel::kOptionSummary, option.origin); }
  void take(const market::InstrumentStatus& status);
  void take(const market::Notice& notice);
  Pulse& pulse_of(Channel channel) { return freshness_.channels[static_cast<size_t>(channel)]; }
  const Pulse& pulse_of(Channel channel) const {
    return freshness_.channels[static_cast<size_t>(channel)];
  }
  // Both: what is called received_ns of it.
  int64_t hear(Channel channel, const market::Origin& origin);
  int64_t as_of(Channel channel, const market::Origin& origin);
  // How late that is which says no time of its own.
  int64_t latest_ns() const;

  const market::Instrument instrument_;
  mutable std::mutex mutex_;  // of everything below
  market::Book book_;
  std::optional<int64_t> book_time_us_;
  market::Stamp book_stamp_;
  std::optional<market::Number> last_bid_, last_ask_;  // of the last snapshot, if it was cut
  market::BookTicker top_;
  int64_t top_received_ns_ = 0;
  market::DerivativeTicker ticker_;
  int64_t ticker_received_ns_ = 0, mark_received_ns_ = 0;
  Ring<Deal> trades_, liquidations_;
  size_t unbroken_trades_ = 0;  // may be more than are kept
  TradingStatus status_;
  Freshness freshness_;
  struct Lag {
    int64_t ns = 0;           // 0: it came in time
    int64_t received_ns = 0;  // when that was
  };
  std::array<Lag, kChannels> lags_{};  // of what came last by each channel with a time
  int64_t timed_ns_ = 0;               // when the last of them came
};

// What is told instead of an event after which Market::apply() says that the book is lost.
market::Notice gap_instead_of(const market::Event& event);

class State {
 public:
  // trades_kept: of each symbol, at least 1.
  explicit State(size_t trades_kept = 1000) : trades_kept_(trades_kept) {}

  // Any thread. A market that was found stays where it is as long as the state does.
  // Null: nobody asks an exchange for it.
  const Market* find(market::Venue venue, std::string_view symbol) const;
  // In the order of venues and symbols.
  std::vector<const Market*> markets() const;

  // The writer's thread: the market of an instrument, made where there is none, so that it is there
  // before anything was heard of it.
  Market& expect(const market::Instrument& instrument);
  // Of the instrument that an event is about; fast for one that was seen before. Instruments must
  // stay where they are while this state is written to.
  Market& market_of(const market::Event& event);

 private:
  using Key = std::pair<market::Venue, std::string>;

  const size_t trades_kept_;
  mutable std::shared_mutex mutex_;  // of markets_
  std::map<Key, std::unique_ptr<Market>, std::less<>> markets_;
  // The writer's own.
  std::unordered_map<const market::Instrument*, Market*> known_;
};

// "waiting", "empty", "crossed", "good".
std::string_view to_string(market::Health health);

}  // namespace keystile::feed
