// What the feed counts. The feed's thread counts; any thread may collect.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "market/events.h"
#include "metrics/family.h"
#include "metrics/latency.h"

namespace keystile::feed {

class Meter {
 public:
  void count(const market::Event& event);
  metrics::Families collect() const;

 private:
  static constexpr size_t kVenues = static_cast<size_t>(market::Venue::kDeribit) + 1;
  static constexpr size_t kKinds = std::variant_size_v<market::Event>;

  struct Venue {
    std::array<uint64_t, kKinds> events{};  // by the event's place in market::Event
    std::array<uint64_t, 3> breaks{};       // by market::Break
    metrics::Histogram lag;
  };

  mutable std::mutex mutex_;
  std::array<Venue, kVenues> venues_;
};

}  // namespace keystile::feed
