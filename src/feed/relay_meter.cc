#include "feed/relay_meter.h"

namespace keystile::feed {

void RelayMeter::count_request(const std::string& token, int status) {
  const std::lock_guard lock(mutex_);
  ++requests_[{token, status}];
}

void RelayMeter::count_open(const std::string& token) {
  const std::lock_guard lock(mutex_);
  ++streams_[token].open;
}

void RelayMeter::count_closed(const std::string& token) {
  const std::lock_guard lock(mutex_);
  --streams_[token].open;
}

void RelayMeter::count_message(const std::string& token) {
  const std::lock_guard lock(mutex_);
  ++streams_[token].messages;
}

void RelayMeter::count_slow(const std::string& token, Slow what) {
  const std::lock_guard lock(mutex_);
  Streams& streams = streams_[token];
  ++(what == Slow::kDrop ? streams.dropped : streams.conflated);
}

metrics::Families RelayMeter::collect() const {
  metrics::Family requests = metrics::counter(
      "keystile_relay_requests_total", "Requests to the relay, by token and how it answered.");
  const std::lock_guard lock(mutex_);
  for (const auto& [key, count] : requests_) {
    metrics::add(&requests, static_cast<double>(count),
                 {{"token", key.first}, {"status", std::to_string(key.second)}});
  }
  metrics::Family consumers =
      metrics::gauge("keystile_relay_consumers", "Open WebSockets of the relay, by token.");
  metrics::Family messages = metrics::counter(
      "keystile_relay_messages_total", "Messages written to the relay's WebSockets, by token.");
  metrics::Family slow = metrics::counter(
      "keystile_relay_slow_total", "How often a WebSocket did not keep up, and what became of it.");
  for (const auto& [token, streams] : streams_) {
    metrics::add(&consumers, static_cast<double>(streams.open), {{"token", token}});
    metrics::add(&messages, static_cast<double>(streams.messages), {{"token", token}});
    metrics::add(&slow, static_cast<double>(streams.conflated),
                 {{"token", token}, {"what", "conflated"}});
    metrics::add(&slow, static_cast<double>(streams.dropped),
                 {{"token", token}, {"what", "dropped"}});
  }
  return {std::move(requests), std::move(consumers), std::move(messages), std::move(slow)};
}

}  // namespace keystile::feed
