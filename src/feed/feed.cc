#include "feed/feed.h"

#include "feed/meter.h"
#include "feed/relay.h"
#include "market/reader.h"

namespace keystile::feed {
namespace {

class FeedImpl final : public Feed {
 public:
  explicit FeedImpl(size_t trades_kept) : state_(trades_kept) {}

  Status add(const asio::any_io_executor& executor, const ProductSettings& settings,
             const Clock& clock, Random& random, const OnTrouble& on_trouble) {
    net::ClientOptions trust;
    trust.ca_file = settings.ca_file;
    trust.allow_tls12 = settings.allow_tls12;
    KS_TRY(auto client, net::Client::make(executor, std::move(trust)));
    KS_TRY(auto live, Live::make(
                          executor, *client, clock, random, settings.wanted, {},
                          [this](const market::Event& event) { take(event); }, on_trouble));
    for (const std::string& symbol : settings.wanted.symbols) {
      const auto venue = market::venue_of(settings.wanted.product, symbol);
      if (venue) state_.expect({*venue, symbol, ""});
    }
    clients_.push_back(std::move(client));
    live_.push_back(std::move(live));
    return {};
  }

  Status open_relay(const asio::any_io_executor& executor, const RelaySettings& settings,
                    const Clock& clock, const OnTrouble& on_trouble) {
    KS_TRY(relay_, Relay::open(executor, settings, state_, clock, on_trouble));
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

 private:
  void take(const market::Event& event) {
    meter_.count(event);
    state_.market_of(event).apply(event);
  }

  State state_;
  Meter meter_;
  std::unique_ptr<Relay> relay_;  // or null
  std::vector<std::unique_ptr<net::Client>> clients_;
  std::vector<std::unique_ptr<Live>> live_;  // after what they use
};

}  // namespace

Result<std::unique_ptr<Feed>> Feed::open(asio::any_io_executor executor, const Settings& settings,
                                         const Clock& clock, Random& random, OnTrouble on_trouble) {
  auto feed = std::make_unique<FeedImpl>(settings.trades_kept);
  for (const ProductSettings& product : settings.products) {
    KS_CHECK(feed->add(executor, product, clock, random, on_trouble));
  }
  if (settings.relay) {
    KS_CHECK(feed->open_relay(executor, *settings.relay, clock, on_trouble));
  }
  return feed;
}

}  // namespace keystile::feed
