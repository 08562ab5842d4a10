#include "exchanges/told_time.h"

#include <gtest/gtest.h>

namespace keystile::exchanges {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr MonoTime kArrival{hours{5}};
const WallTime kThere = from_epoch_ms(1'780'000'000'000);

std::optional<MonoTime> counted_from(std::optional<WallTime> told) {
  MarketUpdate update;
  update.told = told;
  return priced_at(update, kThere, kArrival);
}

TEST(ToldTime, PricesCountFromWhenTheyWereTrue) {
  EXPECT_EQ(counted_from(kThere - seconds{3}), kArrival - seconds{3});
  EXPECT_EQ(counted_from(kThere - hours{2}), kArrival - hours{2});
  EXPECT_EQ(counted_from(from_epoch_ms(1)), kArrival - (kThere - from_epoch_ms(1)));
  EXPECT_EQ(counted_from(std::nullopt), kArrival);
}

TEST(ToldTime, NothingIsTrueBeforeItArrives) {
  EXPECT_EQ(counted_from(kThere + kMaxAhead), kArrival);
  EXPECT_EQ(counted_from(kThere + kMaxAhead + Millis{1}), std::nullopt);
  EXPECT_EQ(counted_from(from_epoch_ms(INT64_MAX)), std::nullopt);
}

TEST(ToldTime, TheNewestOfAnAnswerIsKept) {
  std::optional<WallTime> told;
  for (const char* none : {"", "0", "-1", "soon", "1.5", "9223372036854775808"}) {
    keep_newest(&told, none);
    EXPECT_EQ(told, std::nullopt) << none;
  }
  keep_newest(&told, "1780000000000");
  keep_newest(&told, "1779999999999");
  EXPECT_EQ(told, kThere);
}

std::optional<WallTime> date(std::string text) {
  return answer_date({200, {{"date", std::move(text)}}, ""});
}

TEST(ToldTime, ADateIsReadAsItMustBeWritten) {
  EXPECT_EQ(date("Sun, 06 Nov 1994 08:49:37 GMT"), *parse_iso8601("1994-11-06T08:49:37.000Z"));
  EXPECT_EQ(date("Thu, 31 Dec 2026 23:59:59 GMT"), *parse_iso8601("2026-12-31T23:59:59.000Z"));
  for (const char* none : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
                           "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun,  6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994T08:49:37 GMT "}) {
    EXPECT_EQ(date(none), std::nullopt) << none;
  }
  EXPECT_EQ(answer_date({200, {}, ""}), std::nullopt);
}

}  // namespace
}  // namespace keystile::exchanges
