#include "feed/meter.h"

#include <algorithm>

#include "market/event_json.h"

namespace keystile::feed {
namespace {

using market::Break;

// By the event's place in market::Event.
constexpr std::array<const char*, std::variant_size_v<market::Event>> kKindNames = {
    "trade",       "book_change",    "book_ticker",       "derivative_ticker",
    "liquidation", "option_summary", "instrument_status", "notice"};
constexpr std::array<std::pair<Break, const char*>, 3> kBreakNames = {
    {{Break::kGap, "gap"}, {Break::kStale, "stale"}, {Break::kResync, "resync"}}};

void append_links(const std::vector<LinkCounts>& links, metrics::Families* all) {
  metrics::Family messages =
      metrics::counter("keystile_feed_messages_total", "Messages from exchanges, by product.");
  metrics::Family planned = metrics::gauge("keystile_feed_connections_planned",
                                           "Connections that a product's markets need.");
  metrics::Family open =
      metrics::gauge("keystile_feed_connections", "Open connections to exchanges, by product.");
  metrics::Family reconnects = metrics::counter(
      "keystile_feed_reconnects_total", "Connections to exchanges that were lost and made anew.");
  metrics::Family renewals = metrics::counter(
      "keystile_feed_renewals_total", "Connections that others took the place of without a gap.");
  for (const LinkCounts& link : links) {
    const metrics::Labels labels{{"product", link.product}};
    metrics::add(&messages, static_cast<double>(link.messages), labels);
    metrics::add(&planned, static_cast<double>(link.planned), labels);
    metrics::add(&open, static_cast<double>(link.open), labels);
    metrics::add(&reconnects, static_cast<double>(link.reconnects), labels);
    metrics::add(&renewals, static_cast<double>(link.renewals), labels);
  }
  for (metrics::Family* family : {&messages, &planned, &open, &reconnects, &renewals}) {
    all->push_back(std::move(*family));
  }
}

}  // namespace

void Meter::count(const market::Event& event) {
  const market::Origin& origin =
      std::visit([](const auto& each) -> const market::Origin& { return each.origin; }, event);
  const std::lock_guard lock(mutex_);
  Venue& venue = venues_[static_cast<size_t>(origin.instrument->venue)];
  if (const auto* notice = std::get_if<market::Notice>(&event)) {
    ++venue.breaks[static_cast<size_t>(notice->what)];
    return;
  }
  ++venue.events[event.index()];
  if (!origin.time_us || !origin.received_ns) return;
  // A clock that runs ahead of ours would make it negative.
  const int64_t lag = std::max<int64_t>(*origin.received_ns - *origin.time_us * 1000, 0);
  venue.lag.observe(std::chrono::nanoseconds(lag));
}

void Meter::count_wrong_book(market::Venue venue) {
  const std::lock_guard lock(mutex_);
  ++venues_[static_cast<size_t>(venue)].wrong_books;
}

size_t Meter::add_product(std::string product, uint64_t planned) {
  const std::lock_guard lock(mutex_);
  links_.push_back({std::move(product), planned});
  return links_.size() - 1;
}

void Meter::count_message(size_t product) {
  const std::lock_guard lock(mutex_);
  ++links_[product].messages;
}

void Meter::count_open(size_t product, bool is_again) {
  const std::lock_guard lock(mutex_);
  ++links_[product].open;
  links_[product].reconnects += is_again;
}

void Meter::count_closed(size_t product) {
  const std::lock_guard lock(mutex_);
  --links_[product].open;
}

void Meter::count_renewal(size_t product) {
  const std::lock_guard lock(mutex_);
  ++links_[product].renewals;
}

std::vector<LinkCounts> Meter::links() const {
  const std::lock_guard lock(mutex_);
  return links_;
}

metrics::Families Meter::collect() const {
  metrics::Family events = metrics::counter("keystile_feed_events_total",
                                            "Market data events, by exchange and what they tell.");
  metrics::Family breaks =
      metrics::counter("keystile_feed_breaks_total",
                       "Gaps, stale streams and books that are whole again, by exchange.");
  metrics::Family wrong = metrics::counter("keystile_feed_wrong_books_total",
                                           "Books that did not meet the exchange's checksum.");
  metrics::Family lags = metrics::histogram(
      "keystile_feed_lag_seconds", "From the exchange's time of an event to its arrival here.");
  const std::lock_guard lock(mutex_);
  for (size_t at = 0; at < kVenues; ++at) {
    const Venue& venue = venues_[at];
    const std::string exchange(market::tardis_name(static_cast<market::Venue>(at)));
    bool is_used = false;
    for (size_t kind = 0; kind < kKinds; ++kind) {
      if (venue.events[kind] == 0) continue;
      is_used = true;
      metrics::add(&events, static_cast<double>(venue.events[kind]),
                   {{"exchange", exchange}, {"event", kKindNames[kind]}});
    }
    if (!is_used) continue;
    for (const auto& [what, name] : kBreakNames) {
      metrics::add(&breaks, static_cast<double>(venue.breaks[static_cast<size_t>(what)]),
                   {{"exchange", exchange}, {"event", name}});
    }
    metrics::add(&wrong, static_cast<double>(venue.wrong_books), {{"exchange", exchange}});
    lags.metric.push_back(venue.lag.collect({{"exchange", exchange}}));
  }
  metrics::Families all{std::move(events), std::move(breaks), std::move(wrong), std::move(lags)};
  append_links(links_, &all);
  return all;
}

}  // namespace keystile::feed
