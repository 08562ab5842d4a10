#include "feed/turn.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace keystile::feed {
namespace {

TEST(Turn, EachHasOneAtATime) {
  std::set<std::string> taken;
  const auto throws = [&taken] {
    const Turn first(taken, "desk"), second(taken, "desk"), other(taken, "bot");
    EXPECT_TRUE(first.is_taken());
    EXPECT_FALSE(second.is_taken());
    EXPECT_TRUE(other.is_taken());
    throw std::runtime_error("no memory");
  };
  EXPECT_THROW(throws(), std::runtime_error);
  EXPECT_TRUE(Turn(taken, "desk").is_taken()) << "it ended, though not well";
  EXPECT_TRUE(taken.empty());
}

}  // namespace
}  // namespace keystile::feed
