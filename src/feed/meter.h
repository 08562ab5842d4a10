// What the feed counts. The feed's thread counts; any thread may collect.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "market/events.h"
#include "metrics/family.h"
#include "metrics/latency.h"

namespace keystile::feed {

// Of one product's connections.
struct LinkCounts {
  std::string product;
  uint64_t planned = 0, open = 0;
  uint64_t messages = 0;
  uint64_t reconnects = 0;
  uint64_t renewals = 0;  // without a gap
};

class Meter {
 public:
  void count(const market::Event& event);
  // One that did not meet its checksum.
  void count_wrong_book(market::Venue venue);

  // Its place, for the calls below. planned: how many connections it has.
  size_t add_product(std::string product, uint64_t planned);
  void count_message(size_t product);
  void count_open(size_t product, bool is_again);
  void count_closed(size_t product);
  void count_renewal(size_t product);

  metrics::Families collect() const;
  std::vector<LinkCounts> links() const;

 private:
  static constexpr size_t kVenues = static_cast<size_t>(market::Venue::kDeribit) + 1;
  static constexpr size_t kKinds = std::variant_size_v<market::Event>;

  struct Venue {
    std::array<uint64_t, kKinds> events{};  // by the event's place in market::Event
    std::array<uint64_t, 3> breaks{};       // by market::Break
    uint64_t wrong_books = 0;
    metrics::Histogram lag;
  };

  mutable std::mutex mutex_;
  std::array<Venue, kVenues> venues_;
  std::vector<LinkCounts> links_;
};

}  // namespace keystile::feed
