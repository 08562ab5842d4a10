#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <limits>

namespace keystile::metrics {
namespace {

TEST(Negotiate, TakesOpenMetricsOnlyWhereItIsNamedAndNotWantedLess) {
  const struct {
    const char* accept;
    Format format;
  } cases[] = {
      {"", Format::kPrometheus},
      {"*/*", Format::kPrometheus},
      {"text/plain", Format::kPrometheus},
      {"application/openmetrics-text", Format::kOpenMetrics},
      {"Application/OpenMetrics-Text; version=1.0.0; charset=utf-8", Format::kOpenMetrics},
      // Prometheus 2.42.
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0."
       "75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       Format::kOpenMetrics},
      {"text/plain;version=0.0.4, application/openmetrics-text;q=0.5", Format::kPrometheus},
      {"application/openmetrics-text;q=0", Format::kPrometheus},
      {"application/openmetrics-text;q=high", Format::kPrometheus},
      {"application/openmetrics-texts", Format::kPrometheus},
      {",,;;=,", Format::kPrometheus},
  };
  for (const auto& one : cases) EXPECT_EQ(negotiate(one.accept), one.format) << one.accept;
}

Families families() {
  Family requests = counter("x_requests_total", "Requests \\ with\na line end.");
  add(&requests, 3, {{"client", "a \"b\"\\\n"}, {"rule", ""}});
  add(&requests, 1e16, {{"client", "c"}, {"rule", "r"}});
  Family age = gauge("x_age_seconds", "Age.");
  add(&age, -0.25);
  add(&age, std::numeric_limits<double>::infinity(), {{"of", "ever"}});
  Family took = histogram("x_took_seconds", "Time.");
  prometheus::ClientMetric& series = took.metric.emplace_back();
  series.label = {{"stage", "sign"}};
  series.histogram.bucket = {{2, 2.5e-6}, {3, 0.1}};
  series.histogram.sample_count = 4;
  series.histogram.sample_sum = 1.5;
  return {requests, age, took, gauge("x_empty", "No series yet.")};
}

TEST(Exposition, OpenMetrics) {
  EXPECT_EQ(to_text(families(), Format::kOpenMetrics),
            R"(# TYPE x_requests counter
# HELP x_requests Requests \\ with\na line end.
x_requests_total{client="a \"b\"\\\n",rule=""} 3
x_requests_total{client="c",rule="r"} 1e+16
# TYPE x_age_seconds gauge
# UNIT x_age_seconds seconds
# HELP x_age_seconds Age.
x_age_seconds -0.25
x_age_seconds{of="ever"} +Inf
# TYPE x_took_seconds histogram
# UNIT x_took_seconds seconds
# HELP x_took_seconds Time.
x_took_seconds_bucket{stage="sign",le="2.5e-06"} 2
x_took_seconds_bucket{stage="sign",le="0.1"} 3
x_took_seconds_bucket{stage="sign",le="+Inf"} 4
x_took_seconds_count{stage="sign"} 4
x_took_seconds_sum{stage="sign"} 1.5
# TYPE x_empty gauge
# HELP x_empty No series yet.
# EOF
)");
}

// Prometheus would take "1e-06" and "1e-6" for two series, so both formats must spell alike.
TEST(Exposition, BothFormatsSpellTheSameSamples) {
  const std::string plain = to_text(families(), Format::kPrometheus);
  for (const char* sample : {
           "x_requests_total{client=\"a \\\"b\\\"\\\\\\n\",rule=\"\"} 3\n",
           "x_requests_total{client=\"c\",rule=\"r\"} 1e+16\n",
           "x_took_seconds_bucket{stage=\"sign\",le=\"2.5e-06\"} 2\n",
           "x_took_seconds_bucket{stage=\"sign\",le=\"+Inf\"} 4\n",
           "x_age_seconds -0.25\n",
           "# TYPE x_requests_total counter\n",
       }) {
    EXPECT_NE(plain.find(sample), plain.npos) << sample << "is not in\n" << plain;
  }
  EXPECT_EQ(plain.find("# EOF"), plain.npos);
  EXPECT_EQ(plain.find("# UNIT"), plain.npos);
}

}  // namespace
}  // namespace keystile::metrics
