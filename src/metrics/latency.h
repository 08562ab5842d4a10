// How long the stages of a request take: one histogram per stage, in fixed buckets. One thread's:
// to observe is two additions and a search in a table that fits a few cache lines.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "metrics/family.h"

namespace keystile::metrics {

// Those of ARCHITECTURE.md, in the order in which a request meets them.
enum class Stage {
  kAuthenticate,
  kInterpret,
  kDecide,
  kSign,
  kRecord,
  kUpstream,  // from the signer's "forward" to the exchange's answer, with all waiting in between
  kOutcome,
  kTotal,  // of a forwarded request: from its last byte read to its answer ready to be written
};
inline constexpr size_t kStages = 8;
std::string_view to_string(Stage stage);

class Histogram {
 public:
  // Upper bounds, inclusive: 1, 2.5 and 5 of each power of ten from a microsecond to 10 seconds.
  static constexpr size_t kBounds = 22;

  void observe(std::chrono::nanoseconds duration);
  prometheus::ClientMetric collect(Labels labels) const;  // in seconds

 private:
  std::array<uint64_t, kBounds + 1> counts_{};  // the last: longer than every bound
  std::chrono::nanoseconds sum_{0};
};

class Latency {
 public:
  void observe(Stage stage, std::chrono::nanoseconds duration) {
    stages_[static_cast<size_t>(stage)].observe(duration);
  }
  // Adds one series per stage, with the label "stage" beside `labels`.
  void collect(const Labels& labels, Family* family) const;

 private:
  std::array<Histogram, kStages> stages_;
};

// Times stages that follow each other: each mark() ends one and begins the next. Without a latency
// it does nothing: looking at the clock is most of what timing costs.
class Laps {
 public:
  Laps(const Clock& clock, Latency* latency) : clock_(clock), latency_(latency) {
    if (latency_) began_ = last_ = clock.mono();
  }
  void mark(Stage stage) {
    if (!latency_) return;
    const MonoTime now = clock_.mono();
    latency_->observe(stage, now - last_);
    last_ = now;
  }
  MonoTime began() const { return began_; }
  MonoTime last() const { return last_; }

 private:
  const Clock& clock_;
  Latency* latency_;
  MonoTime began_{}, last_{};
};

}  // namespace keystile::metrics
