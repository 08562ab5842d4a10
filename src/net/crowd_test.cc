#include "net/crowd.h"

#include <gtest/gtest.h>

namespace keystile::net {
namespace {

Guest guest(const std::string& who, bool was_served, std::optional<int> waits_since_ms) {
  Guest made{who, was_served, {}};
  if (waits_since_ms) made.waits_since = MonoTime(Millis{*waits_since_ms});
  return made;
}

TEST(Crowd, AnIpv6NetworkIsOneGuestHoweverManyAddressesItHas) {
  EXPECT_EQ(who_is({"2001:db8:1:2::3"}), who_is({"2001:db8:1:2:ffff::1"}));
  EXPECT_NE(who_is({"2001:db8:1:2::3"}), who_is({"2001:db8:1:3::3"}));
  EXPECT_EQ(who_is({"fe80::1%lo"}), who_is({"fe80::2"}));
  EXPECT_NE(who_is({"10.0.0.1"}), who_is({"10.0.0.2"}));
  EXPECT_NE(who_is({"::ffff:10.0.0.1"}), who_is({"::ffff:10.0.0.2"}));
  EXPECT_NE(who_is({.address = "", .uid = 1000}), who_is({.address = "", .uid = 1001}));
}

TEST(Crowd, WhoeverHasTheMostMakesRoom) {
  EXPECT_EQ(who_makes_room({guest("10.0.0.1", false, 1), guest("10.0.0.2", true, 9),
                            guest("10.0.0.2", true, 8), guest("10.0.0.3", false, 2)}),
            2);
}

TEST(Crowd, OfOneProgramTheConnectionThatWasNeverServedGoesThenTheOldest) {
  EXPECT_EQ(who_makes_room({guest("a", true, 1), guest("a", false, 7), guest("a", false, 5)}), 2);
  EXPECT_EQ(who_makes_room({guest("a", true, 3), guest("a", true, 2), guest("a", true, 4)}), 1);
}

TEST(Crowd, WhatIsBeingHandledStays) {
  EXPECT_EQ(who_makes_room({guest("a", false, {}), guest("a", false, {}), guest("b", true, 4)}), 2);
  EXPECT_EQ(who_makes_room({guest("a", false, {}), guest("b", true, {})}), std::nullopt);
  EXPECT_EQ(who_makes_room({}), std::nullopt);
}

}  // namespace
}  // namespace keystile::net
