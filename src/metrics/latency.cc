#include "metrics/latency.h"

#include <algorithm>

namespace keystile::metrics {
namespace {

using std::chrono::nanoseconds;

constexpr std::array<nanoseconds, Histogram::kBounds> make_bounds() {
  std::array<nanoseconds, Histogram::kBounds> bounds{};
  int64_t power = 1000;  // a microsecond
  for (size_t i = 0; i < bounds.size(); ++i) {
    constexpr std::array<int64_t, 3> kTenths{10, 25, 50};
    bounds[i] = nanoseconds{power * kTenths[i % 3] / 10};
    if (i % 3 == 2) power *= 10;
  }
  return bounds;
}
constexpr auto kUpperBounds = make_bounds();
static_assert(kUpperBounds.back() == std::chrono::seconds{10});

double seconds(nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::kAuthenticate:
      return "authenticate";
    case Stage::kInterpret:
      return "interpret";
    case Stage::kDecide:
      return "decide";
    case Stage::kSign:
      return "sign";
    case Stage::kRecord:
      return "record";
    case Stage::kUpstream:
      return "upstream";
    case Stage::kOutcome:
      return "outcome";
    case Stage::kTotal:
      return "total";
  }
  return "unknown";
}

void Histogram::observe(nanoseconds duration) {
  const auto bound = std::lower_bound(kUpperBounds.begin(), kUpperBounds.end(), duration);
  ++counts_[static_cast<size_t>(bound - kUpperBounds.begin())];
  sum_ += duration;
}

prometheus::ClientMetric Histogram::collect(Labels labels) const {
  prometheus::ClientMetric series;
  series.label = std::move(labels);
  uint64_t below = 0;
  for (size_t i = 0; i < kBounds; ++i) {
    below += counts_[i];
    series.histogram.bucket.push_back({below, seconds(kUpperBounds[i])});
  }
  series.histogram.sample_count = below + counts_[kBounds];
  series.histogram.sample_sum = seconds(sum_);
  return series;
}

void Latency::collect(const Labels& labels, Family* family) const {
  for (size_t i = 0; i < kStages; ++i) {
    Labels all = labels;
    all.push_back({"stage", std::string(to_string(static_cast<Stage>(i)))});
    family->metric.push_back(stages_[i].collect(std::move(all)));
  }
}

}  // namespace keystile::metrics
