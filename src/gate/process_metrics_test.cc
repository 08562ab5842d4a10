#include "gate/process_metrics.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "base/temp_folder_for_test.h"

namespace keystile::gate {
namespace {

std::map<std::string, double> values(const metrics::Families& families) {
  std::map<std::string, double> out;
  for (const metrics::Family& family : families) {
    const auto& series = family.metric.at(0);
    out[family.name] = series.counter.value + series.gauge.value;
  }
  return out;
}

TEST(ProcessMetrics, ReadsWhatTheSystemSays) {
  const TempFolder proc;
  std::ofstream(proc / "stat")
      << "42 (a) b (c)) S 1 42 42 0 -1 4194560 100 0 0 0 250 150 0 0 20 0 3 0 12345 1048576 100 "
         "1\n";
  auto found = values(process_metrics(from_epoch_ms(1500), proc.path()));
  EXPECT_EQ(found.at("process_start_time_seconds"), 1.5);
  EXPECT_EQ(found.at("process_cpu_seconds_total"),
            400.0 / static_cast<double>(sysconf(_SC_CLK_TCK)));
  EXPECT_EQ(found.at("process_virtual_memory_bytes"), 1048576);
  EXPECT_EQ(found.at("process_resident_memory_bytes"), 100.0 * static_cast<double>(getpagesize()));
  EXPECT_EQ(found.count("process_open_fds"), 0u);  // not told here
  EXPECT_GT(found.at("process_max_fds"), 0);
}

TEST(ProcessMetrics, CountsOpenFiles) {
  const auto before = values(process_metrics({})).at("process_open_fds");
  const std::ifstream one("/dev/null"), two("/dev/null");
  EXPECT_EQ(values(process_metrics({})).at("process_open_fds"), before + 2);
}

}  // namespace
}  // namespace keystile::gate
