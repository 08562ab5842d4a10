#include "feed/state.h"

#include <algorithm>
#include <utility>

namespace keystile::feed {
namespace {

using market::Health;

// Less may be the clocks'.
constexpr int64_t kLateNs = 1'000'000'000;
// What came within so long of each other is held against each other.
constexpr int64_t kTogetherNs = 10'000'000'000;

template <class Deed>
Deal& keep(const Deed& deed, int64_t received_ns, Ring<Deal>* ring) {
  Deal& deal = ring->push();
  deal.id.assign(deed.id);
  deal.price = deed.price;
  deal.amount = deed.amount;
  deal.side = deed.side;
  deal.time_us = deed.origin.time_us;
  deal.received_ns = received_ns;
  return deal;
}

// How late it came; 0: in time.
int64_t lag_of(int64_t received_ns, int64_t time_us) {
  const int64_t lag_ns = received_ns - time_us * 1000;
  return lag_ns > kLateNs ? lag_ns : 0;
}

bool has_no_state(Channel channel) {
  return channel == Channel::kTrade || channel == Channel::kLiquidation;
}

const market::Origin& origin_of(const market::Event& event) {
  return std::visit([](const auto& each) -> const market::Origin& { return each.origin; }, event);
}

}  // namespace

Quote Market::quote() const {
  const std::lock_guard lock(mutex_);
  Quote quote;
  quote.ticker = ticker_;
  quote.ticker_received_ns = ticker_received_ns_;
  quote.ticker_is_stale = pulse_of(Channel::kDerivativeTicker).is_stale;
  quote.mark_received_ns = mark_received_ns_;
  if (trades_.size() > 0) {
    quote.last_price = trades_.newest(0).price;
    quote.last_received_ns = trades_.newest(0).received_ns;
    quote.last_is_stale = pulse_of(Channel::kTrade).is_stale;
  }
  const bool book_is_newer = freshness_.book_received_ns >= top_received_ns_;
  if (book_.health() == Health::kGood && book_is_newer) {
    quote.bid_price = book_.bid(0).price;
    quote.bid_amount = book_.bid(0).amount;
    quote.ask_price = book_.ask(0).price;
    quote.ask_amount = book_.ask(0).amount;
    quote.top_stamp = book_stamp_;
    quote.top_received_ns = freshness_.book_received_ns;
  } else if (top_received_ns_ != 0) {
    quote.bid_price = top_.bid_price;
    quote.bid_amount = top_.bid_amount;
    quote.ask_price = top_.ask_price;
    quote.ask_amount = top_.ask_amount;
    quote.top_stamp = top_.stamp;
    quote.top_received_ns = top_received_ns_;
  }
  return quote;
}

Depth Market::depth(size_t levels) const {
  const std::lock_guard lock(mutex_);
  Depth depth;
  depth.health = book_.health();
  depth.time_us = book_time_us_;
  depth.received_ns = freshness_.book_received_ns;
  depth.stamp = book_stamp_;
  depth.last_bid = last_bid_;
  depth.last_ask = last_ask_;
  const size_t bids = std::min(levels, book_.bid_count());
  const size_t asks = std::min(levels, book_.ask_count());
  depth.bids.reserve(bids);
  depth.asks.reserve(asks);
  for (size_t rank = 0; rank < bids; ++rank) depth.bids.push_back(book_.bid(rank));
  for (size_t rank = 0; rank < asks; ++rank) depth.asks.push_back(book_.ask(rank));
  return depth;
}

std::vector<Deal> Market::trades(size_t limit) const {
  const std::lock_guard lock(mutex_);
  return trades_.newest_first(limit);
}

std::vector<Deal> Market::unbroken_trades(size_t limit) const {
  const std::lock_guard lock(mutex_);
  return trades_.newest_first(std::min(limit, unbroken_trades_));
}

std::vector<Deal> Market::liquidations(size_t limit) const {
  const std::lock_guard lock(mutex_);
  return liquidations_.newest_first(limit);
}

TradingStatus Market::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

Freshness Market::freshness() const {
  const std::lock_guard lock(mutex_);
  Freshness now = freshness_;
  now.stale = std::any_of(now.channels.begin(), now.channels.end(),
                          [](const Pulse& pulse) { return pulse.is_stale; });
  return now;
}

Pulse Market::pulse(Channel channel) const {
  const std::lock_guard lock(mutex_);
  return pulse_of(channel);
}

Taken Market::apply(const market::Event& event) {
  const std::lock_guard lock(mutex_);
  const bool is_notice = std::holds_alternative<market::Notice>(event);
  const bool was_whole = book_.health() != Health::kWaiting;
  if (!is_notice) ++freshness_.events;
  std::visit([this](const auto& each) { take(each); }, event);
  freshness_.book = book_.health();
  const auto* change = std::get_if<market::BookChange>(&event);
  if (!change) return Taken::kTold;
  const bool should_be_whole = was_whole || change->is_snapshot;
  if (freshness_.book != Health::kWaiting) return Taken::kTold;
  if (!should_be_whole) return Taken::kNothing;
  freshness_.gap = true;
  ++freshness_.gaps;
  ++freshness_.wrong;
  return Taken::kLost;
}

void Market::expect(Channel channel) {
  const std::lock_guard lock(mutex_);
  pulse_of(channel).is_planned = true;
  pulse_of(channel).is_stale = true;
}

void Market::open(Channel channel) {
  const std::lock_guard lock(mutex_);
  if (!has_no_state(channel)) return;
  pulse_of(channel).is_stale = false;
  pulse_of(channel).since_ns = 0;
}

void Market::fall_silent(Channel channel) {
  const std::lock_guard lock(mutex_);
  pulse_of(channel).is_stale = true;
  // Deribit tells both in one stream.
  const bool brings_top = channel == Channel::kBookTicker || channel == Channel::kDerivativeTicker;
  if (brings_top) top_received_ns_ = 0;
  if (channel == Channel::kTrade) unbroken_trades_ = 0;
}

bool Market::miss(Channel channel) {
  const std::lock_guard lock(mutex_);
  if (channel == Channel::kTrade) unbroken_trades_ = 0;
  return std::exchange(pulse_of(channel).since_ns, 0) != 0;
}

bool Market::lose_status(int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  if (status_.trading == market::Trading::kUnknown) return false;
  status_ = {market::Trading::kUnknown, "", {}, now_ns};
  return true;
}

int64_t Market::as_of(Channel channel, const market::Origin& origin) {
  if (!origin.received_ns) return 0;
  if (!origin.time_us) return *origin.received_ns - latest_ns();
  Lag& lag = lags_[static_cast<size_t>(channel)];
  lag = {lag_of(*origin.received_ns, *origin.time_us), *origin.received_ns};
  timed_ns_ = lag.received_ns;
  return *origin.received_ns - lag.ns;
}

int64_t Market::latest_ns() const {
  int64_t most_ns = 0;
  for (const Lag& lag : lags_) {
    if (timed_ns_ - lag.received_ns <= kTogetherNs) most_ns = std::max(most_ns, lag.ns);
  }
  return most_ns;
}

int64_t Market::hear(Channel channel, const market::Origin& origin) {
  const int64_t at_ns = as_of(channel, origin);
  freshness_.received_ns = std::max(freshness_.received_ns, at_ns);
  Pulse& pulse = pulse_of(channel);
  pulse.is_stale = false;
  if (at_ns != 0) pulse.received_ns = at_ns;
  // When exactly a subscription began nobody says.
  if (has_no_state(channel) && pulse.since_ns == 0) pulse.since_ns = origin.received_ns.value_or(0);
  return at_ns;
}

void Market::take(const market::Trade& trade) {
  keep(trade, hear(Channel::kTrade, trade.origin), &trades_).stamp = trade.stamp;
  ++unbroken_trades_;
}

void Market::take(const market::BookChange& change) {
  freshness_.book_received_ns = hear(Channel::kBook, change.origin);
  book_.apply(change);
  book_time_us_ = change.origin.time_us;
  book_stamp_ = change.stamp;
  if (!change.is_snapshot) return;
  freshness_.gap = false;
  last_bid_ = change.last_bid;
  last_ask_ = change.last_ask;
}

void Market::take(const market::BookTicker& ticker) {
  top_received_ns_ = hear(Channel::kBookTicker, ticker.origin);
  top_ = ticker;
  top_.origin.instrument = nullptr;
}

void Market::take(const market::DerivativeTicker& ticker) {
  ticker_received_ns_ = hear(Channel::kDerivativeTicker, ticker.origin);
  ticker_ = ticker;
  ticker_.origin.instrument = nullptr;
  mark_received_ns_ = ticker.mark_received_ns.value_or(0);
  if (mark_received_ns_ == 0) return;
  const auto& time_us = ticker.mark_time_us;
  mark_received_ns_ -= time_us ? lag_of(mark_received_ns_, *time_us) : latest_ns();
}

void Market::take(const market::Liquidation& liquidation) {
  keep(liquidation, hear(Channel::kLiquidation, liquidation.origin), &liquidations_);
}

// It comes with tickers, and is none.
void Market::take(const market::InstrumentStatus& status) {
  status_ = {status.trading, std::string(status.text), status.origin.time_us,
             status.origin.received_ns.value_or(0)};
  const int64_t at_ns = as_of(Channel::kDerivativeTicker, status.origin);
  freshness_.received_ns = std::max(freshness_.received_ns, at_ns);
}

void Market::take(const market::Notice& notice) {
  if (notice.what == market::Break::kResync) return;  // its snapshot comes next
  if (!freshness_.gap) ++freshness_.gaps;
  freshness_.gap = true;
  if (notice.what == market::Break::kStale) pulse_of(Channel::kBook).is_stale = true;
  book_.invalidate();
}

market::Notice gap_instead_of(const market::Event& event) {
  const market::Origin& origin = origin_of(event);
  return {{origin.instrument, {}, origin.received_ns}, market::Break::kGap};
}

const Market* State::find(market::Venue venue, std::string_view symbol) const {
  const std::shared_lock lock(mutex_);
  const auto found = markets_.find(std::pair(venue, std::string(symbol)));
  return found == markets_.end() ? nullptr : found->second.get();
}

std::vector<const Market*> State::markets() const {
  const std::shared_lock lock(mutex_);
  std::vector<const Market*> out;
  out.reserve(markets_.size());
  for (const auto& [key, market] : markets_) out.push_back(market.get());
  return out;
}

Market& State::expect(const market::Instrument& instrument) {
  const Key key(instrument.venue, instrument.symbol);
  const std::unique_lock lock(mutex_);
  auto& place = markets_[key];
  if (!place) {
    market::Instrument held{instrument.venue, instrument.symbol, instrument.unified};
    place = std::make_unique<Market>(std::move(held), trades_kept_);
  }
  return *place;
}

Market& State::market_of(const market::Event& event) {
  const market::Instrument* const instrument = origin_of(event).instrument;
  Market*& known = known_[instrument];
  if (!known) known = &expect(*instrument);
  return *known;
}

std::string_view to_string(Health health) {
  switch (health) {
    case Health::kWaiting:
      return "waiting";
    case Health::kEmpty:
      return "empty";
    case Health::kCrossed:
      return "crossed";
    case Health::kGood:
      break;
  }
  return "good";
}

}  // namespace keystile::feed
