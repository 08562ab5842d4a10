#include "policy/hours.h"

#include <gtest/gtest.h>

namespace keystile::policy {
namespace {

bool open_at(const char* hours, const char* moment) {
  const auto parsed = parse_hours(hours);
  EXPECT_TRUE(parsed) << hours;
  const auto now = parse_iso8601(std::string(moment) + ":00.000Z");
  EXPECT_TRUE(now) << moment;
  return is_open(parsed.value(), now.value());
}

struct Case {
  const char* moment;  // UTC
  bool open;
};

void expect_open(const char* hours, std::initializer_list<Case> cases) {
  for (const Case& c : cases)
    EXPECT_EQ(open_at(hours, c.moment), c.open) << hours << " " << c.moment;
}

TEST(Hours, EndIsExclusive) {
  expect_open("Mon-Fri 09:00-17:00 UTC", {{"2026-11-20T08:59", false},  // a Friday
                                          {"2026-11-20T09:00", true},
                                          {"2026-11-20T16:59", true},
                                          {"2026-11-20T17:00", false},
                                          {"2026-11-21T12:00", false}});
}

// Zurich: UTC+1 in winter, UTC+2 from 2026-03-29 01:00 UTC to 2026-10-25 01:00 UTC.
TEST(Hours, FollowsDaylightSaving) {
  expect_open("Mon-Fri 09:00-17:00 Europe/Zurich", {{"2026-03-27T07:59", false},
                                                    {"2026-03-27T08:00", true},
                                                    {"2026-03-30T06:59", false},
                                                    {"2026-03-30T07:00", true},
                                                    {"2026-03-30T15:00", false},
                                                    {"2026-10-26T07:30", false},
                                                    {"2026-10-26T08:00", true}});
}

// 02:00 to 03:00 does not exist on 2026-03-29, and comes twice on 2026-10-25.
TEST(Hours, SkippedAndRepeatedHour) {
  expect_open("Sun 02:00-03:00 Europe/Zurich", {{"2026-03-29T00:59", false},
                                                {"2026-03-29T01:00", false},
                                                {"2026-10-24T23:59", false},
                                                {"2026-10-25T00:00", true},
                                                {"2026-10-25T01:59", true},
                                                {"2026-10-25T02:00", false}});
}

TEST(Hours, PastMidnightBelongsToTheDayItBeganOn) {
  expect_open("Fri 22:00-02:00 UTC", {{"2026-11-20T01:00", false},
                                      {"2026-11-20T21:59", false},
                                      {"2026-11-20T22:00", true},
                                      {"2026-11-21T01:59", true},
                                      {"2026-11-21T02:00", false},
                                      {"2026-11-21T22:00", false}});
}

TEST(Hours, DaysMayBeListedAndWrap) {
  expect_open("Wed,Sat-Mon 00:00-24:00 UTC", {{"2026-11-18T23:59", true},
                                              {"2026-11-19T00:00", false},
                                              {"2026-11-21T00:00", true},
                                              {"2026-11-23T23:59", true},
                                              {"2026-11-24T00:00", false}});
}

TEST(Hours, DaysAreThoseOfTheZone) {
  expect_open("Mon 00:00-24:00 Pacific/Auckland",
              {{"2026-11-22T10:59", false}, {"2026-11-22T11:00", true}});
}

TEST(Hours, RefusesWhatIsNotClear) {
  for (const char* text :
       {"", "Mon-Fri", "Mon-Fri 09:00-17:00", "Mon-Fri 9:00-17:00 UTC", "Mon-Fri 09:00-17:60 UTC",
        "Mon-Fri 09:00-24:01 UTC", "Mon-Fri 24:00-09:00 UTC", "Mon-Fri 09:00-09:00 UTC",
        "mon-fri 09:00-17:00 UTC", "Mon- 09:00-17:00 UTC", "Mon, 09:00-17:00 UTC",
        "Mon  09:00-17:00 UTC", "Mon 09:00-17:00  UTC", "Mon 09:00 - 17:00 UTC"}) {
    const auto hours = parse_hours(text);
    ASSERT_FALSE(hours) << text;
    EXPECT_EQ(hours.error().code, "hours.format");
  }
  for (const char* text : {"Mon 09:00-17:00 Europe/Atlantis", "Mon 09:00-17:00 ../etc/passwd",
                           "Mon 09:00-17:00 +01:00"}) {
    const auto hours = parse_hours(text);
    ASSERT_FALSE(hours) << text;
    EXPECT_EQ(hours.error().code, "hours.zone");
  }
}

}  // namespace
}  // namespace keystile::policy
