#include "feed/feed.h"

#include <set>

#include "feed/meter.h"
#include "feed/refusals.h"
#include "feed/relay.h"
#include "market/reader.h"
#include "market/unified.h"

namespace keystile::feed {
namespace {

class FeedImpl;

// What becomes of one product's connections.
class Links final : public Tap {
 public:
  Links(FeedImpl& feed, size_t place, std::string product, std::vector<Connection> connections)
      : feed_(feed),
        place_(place),
        product_(std::move(product)),
        connections_(std::move(connections)) {}

  void begin(size_t at, Seat seat, int64_t now_ns) override;
  void message(size_t at, Seat seat, const market::Message& message,
               std::string_view rest_url) override;
  void refuse(size_t at, const market::Message& message) override;
  void lack(size_t at, const market::RefusedSymbols& symbols, bool unnamed) override;
  void succeed(size_t at, int64_t now_ns) override;
  void end(size_t at, Seat seat, int64_t now_ns, market::Break why) override;

 private:
  FeedImpl& feed_;
  const size_t place_;  // in the meter
  const std::string product_;
  const std::vector<Connection> connections_;
  std::set<size_t> begun_;
};

class FeedImpl final : public Feed {
 public:
  FeedImpl(size_t trades_kept, const Clock& clock, OnTrouble on_trouble)
      : clock_(clock), on_trouble_(std::move(on_trouble)), state_(trades_kept) {}

  Status add(const asio::any_io_executor& executor, const ProductSettings& settings,
             Random& random) {
    const Wanted& wanted = settings.wanted;
    KS_TRY(Plan planned, plan(wanted));
    net::ClientOptions trust;
    trust.ca_file = settings.ca_file;
    trust.allow_tls12 = settings.allow_tls12;
    KS_TRY(auto client, net::Client::make(executor, std::move(trust)));
    const size_t place = meter_.add_product(wanted.product, planned.connections.size());
    for (const Connection& connection : planned.connections) {
      for (const auto& [symbol, channel] : connection.streams) {
        if (Market* market = market_of(wanted.product, symbol)) market->expect(channel);
      }
    }
    auto links =
        std::make_unique<Links>(*this, place, wanted.product, std::move(planned.connections));
    LiveOptions options;
    options.tap = links.get();
    options.times.renew_after = settings.renew_after;
    KS_TRY(auto live,
           Live::make(
               executor, *client, clock_, random, wanted, options,
               [this, place](const market::Event& event) { take(event, place); }, on_trouble_));
    links_.push_back(std::move(links));
    clients_.push_back(std::move(client));
    live_.push_back(std::move(live));
    return {};
  }

  Status open_relay(const asio::any_io_executor& executor, const RelaySettings& settings) {
    KS_TRY(relay_, Relay::open(executor, settings, state_, meter_, clock_, on_trouble_));
    return {};
  }

  void start() override {
    for (const auto& live : live_) live->start();
    if (relay_) relay_->start();
  }
  asio::awaitable<void> stop() override {
    for (const auto& live : live_) co_await live->stop();
    if (relay_) co_await relay_->stop();
  }
  uint16_t relay_port() const override { return relay_ ? relay_->port() : 0; }
  const State& state() const override { return state_; }
  metrics::Families metrics() const override {
    metrics::Families all = meter_.collect();
    if (!relay_) return all;
    const metrics::Families more = relay_->metrics();
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  Meter& meter() { return meter_; }
  // Null: no such product.
  Market* market_of(const std::string& product, const std::string& symbol) {
    const auto venue = market::venue_of(product, symbol);
    if (!venue) return nullptr;
    return &state_.expect({*venue, symbol, market::unified_symbol(*venue, symbol)});
  }
  void miss(Market* market, Channel channel, int64_t now_ns) {
    const bool is_news = market->miss(channel);
    if (relay_ && is_news) relay_->tell_loss(*market, channel, market::Break::kGap, now_ns);
  }
  // A stream of this market is lost or frozen.
  void lose(Market* market, Channel channel, market::Break what, int64_t now_ns) {
    market->fall_silent(channel);
    if (relay_ && channel != Channel::kBook) relay_->tell_loss(*market, channel, what, now_ns);
  }
  void lose_status(Market* market, int64_t now_ns) {
    if (!market->lose_status(now_ns) || !relay_) return;
    relay_->tell(*market, market::InstrumentStatus{
                              {&market->instrument(), {}, now_ns}, market::Trading::kUnknown, ""});
  }

 private:
  void take(const market::Event& event, size_t place) {
    meter_.count(event);
    Market& market = state_.market_of(event);
    const Taken taken = market.apply(event);
    if (taken == Taken::kTold && relay_) relay_->tell(market, event);
    if (taken == Taken::kLost) take_wrong_book(market, gap_instead_of(event), place);
  }

  // Its checksum says that this book is wrong, whatever its numbers say.
  void take_wrong_book(const Market& market, const market::Notice& gap, size_t place) {
    meter_.count(gap);
    meter_.count_wrong_book(gap.origin.instrument->venue);
    if (relay_) relay_->tell(market, gap);
    const std::string& symbol = gap.origin.instrument->symbol;
    const auto told =
        wrong_books_.tell({"feed.checksum",
                           "the book of " + symbol +
                               " does not meet the exchange's checksum; it is asked for again, " +
                               "ever more seldom while that stays so",
                           ErrorClass::kRetryable},
                          clock_.mono());
    if (told) on_trouble_(*told);
    live_[place]->renew_book(symbol);
  }

  const Clock& clock_;
  const OnTrouble on_trouble_;
  State state_;
  Meter meter_;
  Refusals wrong_books_;
  std::unique_ptr<Relay> relay_;  // or null
  std::vector<std::unique_ptr<Links>> links_;
  std::vector<std::unique_ptr<net::Client>> clients_;
  std::vector<std::unique_ptr<Live>> live_;  // after what they use
};

// An heir is not counted: it is open beside the one that is.
void Links::begin(size_t at, Seat seat, int64_t) {
  if (seat == Seat::kHeir) return;
  for (const auto& [symbol, channel] : connections_[at].streams) {
    if (Market* market = feed_.market_of(product_, symbol)) market->open(channel);
  }
  const bool is_first = begun_.insert(at).second;
  feed_.meter().count_open(place_, !is_first);
}

void Links::message(size_t, Seat, const market::Message&, std::string_view) {
  feed_.meter().count_message(place_);
}

void Links::refuse(size_t at, const market::Message& message) {
  if (!message.snapshot_of.empty()) return;
  for (const auto& [symbol, channel] : missed_with(product_, message.bytes, connections_[at])) {
    if (Market* market = feed_.market_of(product_, symbol)) {
      feed_.miss(market, channel, message.received_ns.value_or(0));
    }
  }
}

// Trades and liquidations that are refused are silent, and not for want of any; what has a state is
// stale until it comes. What is heard of is not refused.
void Links::lack(size_t at, const market::RefusedSymbols& symbols, bool unnamed) {
  for (const auto& [symbol, channel] : connections_[at].streams) {
    if (channel != Channel::kTrade && channel != Channel::kLiquidation) continue;
    Market* const market = feed_.market_of(product_, symbol);
    if (!market || market->pulse(channel).since_ns != 0) continue;
    if (unnamed || symbols.contains(symbol)) {
      market->fall_silent(channel);
    } else {
      market->open(channel);
    }
  }
}

void Links::succeed(size_t, int64_t) { feed_.meter().count_renewal(place_); }

void Links::end(size_t at, Seat seat, int64_t now_ns, market::Break why) {
  if (seat == Seat::kHeir) return;
  feed_.meter().count_closed(place_);
  for (const auto& [symbol, channel] : connections_[at].streams) {
    if (Market* market = feed_.market_of(product_, symbol)) {
      feed_.lose(market, channel, why, now_ns);
    }
  }
  for (const std::string& symbol : connections_[at].states) {
    if (Market* market = feed_.market_of(product_, symbol)) feed_.lose_status(market, now_ns);
  }
}

}  // namespace

Result<std::unique_ptr<Feed>> Feed::open(asio::any_io_executor executor, const Settings& settings,
                                         const Clock& clock, Random& random, OnTrouble on_trouble) {
  auto feed = std::make_unique<FeedImpl>(settings.trades_kept, clock, std::move(on_trouble));
  for (const ProductSettings& product : settings.products) {
    KS_CHECK(feed->add(executor, product, random));
  }
  if (settings.relay) {
    KS_CHECK(feed->open_relay(executor, *settings.relay));
  }
  return feed;
}

}  // namespace keystile::feed
