#include "sandbox/stream_queue.h"

#include <gtest/gtest.h>

namespace keystile::sandbox {
namespace {

std::string all_due(StreamQueue* queue, MonoTime now = {}) {
  std::string all;
  while (queue->has_due(now)) all += queue->take();
  return all;
}

TEST(StreamQueue, FaultsLoseDoubleSwapAndDelay) {
  StreamFaults faults;
  StreamQueue queue;
  const auto push = [&](std::initializer_list<const char*> messages) {
    for (const char* each : messages) queue.push(each, &faults, MonoTime{});
    return all_due(&queue);
  };
  EXPECT_EQ(push({"a", "b"}), "ab");
  faults.lose = 1;
  EXPECT_EQ(push({"a", "b"}), "b");
  faults.duplicate = 1;
  EXPECT_EQ(push({"a", "b"}), "aab");
  faults.spoil = 1;
  EXPECT_EQ(push({"{a}", "b"}), "{ab");
  faults.swap = 1;
  EXPECT_EQ(push({"a", "b", "c"}), "bac");
  faults.delay = Millis{500};
  EXPECT_EQ(push({"a"}), "");
  EXPECT_EQ(all_due(&queue, MonoTime{Millis{500}}), "a");
}

TEST(StreamQueue, HoldsSoMuchForWhoDoesNotRead) {
  StreamFaults faults;
  StreamQueue queue;
  for (size_t i = 0; i < StreamQueue::kMost; ++i) queue.push("x", &faults, MonoTime{});
  EXPECT_FALSE(queue.is_overfull());
  queue.push("y", &faults, MonoTime{});
  EXPECT_TRUE(queue.is_overfull());
  EXPECT_EQ(all_due(&queue).size(), StreamQueue::kMost);
}

}  // namespace
}  // namespace keystile::sandbox
