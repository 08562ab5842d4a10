#include "feed/relay_meter.h"

namespace keystile::feed {

void RelayMeter::count_request(const std::string& token, int status) {
  const std::lock_guard lock(mutex_);
  ++requests_[{token, status}];
}

metrics::Families RelayMeter::collect() const {
  metrics::Family requests = metrics::counter(
      "keystile_relay_requests_total", "Requests to the relay, by token and how it answered.");
  const std::lock_guard lock(mutex_);
  for (const auto& [key, count] : requests_) {
    metrics::add(&requests, static_cast<double>(count),
                 {{"token", key.first}, {"status", std::to_string(key.second)}});
  }
  return {std::move(requests)};
}

}  // namespace keystile::feed
