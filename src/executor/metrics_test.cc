#include "executor/metrics.h"

#include <gtest/gtest.h>

#include "executor/world_for_test.h"
#include "metrics/exposition.h"

namespace keystile::executor {
namespace {

using std::chrono::seconds;

bool has(const World& world, const std::string& line) {
  const std::string text =
      to_text(metrics_of(*world.runner), keystile::metrics::Format::kPrometheus);
  return text.find("\n" + line + "\n") != text.npos;
}

TEST(Metrics, TellWhatBecameOfWithdrawals) {
  World world;
  EXPECT_TRUE(has(world, "keystile_executor_last_answer_timestamp_seconds 0"));
  world.realm.approved(withdrawal(), 7);
  world.run(seconds{30});
  world.binance.refuses = true;
  world.realm.approved(withdrawal(), 8);
  world.run(seconds{30});
  world.realm.approved(withdrawal("25000"), 9);
  world.run(seconds{30});
  for (const char* line :
       {"keystile_executor_sent_total 2", R"(keystile_executor_ended_total{end="done"} 1)",
        R"(keystile_executor_ended_total{end="failed"} 1)",
        R"(keystile_executor_ended_total{end="unknown"} 0)",
        R"(keystile_executor_withdrawals{state="held"} 1)",
        R"(keystile_executor_withdrawals{state="unknown"} 0)",
        R"(keystile_executor_refusals_total{rule="proposal.hold"} 1)",
        "keystile_executor_policy_version 1", "keystile_executor_troubles 0"}) {
    EXPECT_TRUE(has(world, line)) << line;
  }
}

TEST(Metrics, CountARefusalOnce) {
  World world;
  world.realm.approved(coins("1", "1000"), 7);
  world.run(seconds{60});
  EXPECT_TRUE(has(world, R"(keystile_executor_refusals_total{rule="executor.value"} 1)"));
  EXPECT_TRUE(has(world, "keystile_executor_troubles 1"));
}

}  // namespace
}  // namespace keystile::executor
