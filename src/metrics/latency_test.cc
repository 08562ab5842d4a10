#include "metrics/latency.h"

#include <gtest/gtest.h>

namespace keystile::metrics {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, CountsEachDurationOnceAtItsBound) {
  Histogram histogram;
  for (const std::chrono::nanoseconds duration : {0ns, 1000ns, 1001ns, 2500ns, 9'999'999'999ns})
    histogram.observe(duration);
  histogram.observe(10s);
  histogram.observe(11s);
  const auto series = histogram.collect({{"a", "b"}});
  EXPECT_EQ(series.label, (Labels{{"a", "b"}}));
  ASSERT_EQ(series.histogram.bucket.size(), Histogram::kBounds);
  EXPECT_EQ(series.histogram.bucket[0].upper_bound, 1e-6);
  EXPECT_EQ(series.histogram.bucket[0].cumulative_count, 2);
  EXPECT_EQ(series.histogram.bucket[1].upper_bound, 2.5e-6);
  EXPECT_EQ(series.histogram.bucket[1].cumulative_count, 4);
  EXPECT_EQ(series.histogram.bucket[20].upper_bound, 5);
  EXPECT_EQ(series.histogram.bucket[20].cumulative_count, 4);
  EXPECT_EQ(series.histogram.bucket[21].upper_bound, 10);
  EXPECT_EQ(series.histogram.bucket[21].cumulative_count, 6);
  EXPECT_EQ(series.histogram.sample_count, 7);
  EXPECT_NEAR(series.histogram.sample_sum, 31.0000045, 1e-6);
}

class StepClock final : public Clock {
 public:
  WallTime wall() const override { return {}; }
  MonoTime mono() const override { return now; }
  MonoTime now{1h};
};

TEST(Laps, GivesEachStageTheTimeSinceTheOneBefore) {
  StepClock clock;
  Latency latency;
  Laps laps(clock, &latency);
  clock.now += 3us;
  laps.mark(Stage::kAuthenticate);
  clock.now += 5us;
  laps.mark(Stage::kSign);
  EXPECT_EQ(laps.last() - laps.began(), 8us);
  Family family = histogram("x_seconds", "");
  latency.collect({{"exchange", "okx"}}, &family);
  ASSERT_EQ(family.metric.size(), kStages);
  const auto& authenticate = family.metric[static_cast<size_t>(Stage::kAuthenticate)];
  const auto& sign = family.metric[static_cast<size_t>(Stage::kSign)];
  EXPECT_EQ(authenticate.label, (Labels{{"exchange", "okx"}, {"stage", "authenticate"}}));
  EXPECT_NEAR(authenticate.histogram.sample_sum, 3e-6, 1e-12);
  EXPECT_NEAR(sign.histogram.sample_sum, 5e-6, 1e-12);
  EXPECT_EQ(family.metric[static_cast<size_t>(Stage::kDecide)].histogram.sample_count, 0);
}

TEST(Laps, WithoutALatencyNothingIsTimed) {
  StepClock clock;
  Laps laps(clock, nullptr);
  laps.mark(Stage::kSign);
  EXPECT_EQ(laps.began(), MonoTime{});
  EXPECT_EQ(laps.last(), MonoTime{});
}

}  // namespace
}  // namespace keystile::metrics
