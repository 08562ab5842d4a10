#include "feed/refusals.h"

#include <gtest/gtest.h>

namespace keystile::feed {
namespace {

MonoTime at(int seconds) { return MonoTime(std::chrono::seconds(seconds)); }

TEST(Refusals, OneOfEachKindInAMinute) {
  Refusals refusals;
  const Error type{"market.type", "its price is no number"}, syntax{"market.syntax", "no JSON"};
  EXPECT_EQ(refusals.tell(type, at(100))->message, type.message);
  EXPECT_FALSE(refusals.tell(type, at(101)));
  EXPECT_EQ(refusals.tell(syntax, at(101))->code, "market.syntax");
  EXPECT_FALSE(refusals.tell(type, at(159)));
  EXPECT_EQ(refusals.tell(type, at(160))->message,
            "its price is no number; so were 2 since it was last told");
  EXPECT_FALSE(refusals.tell(type, at(219)));
  EXPECT_FALSE(refusals.tell(syntax, at(160)));
}

}  // namespace
}  // namespace keystile::feed
