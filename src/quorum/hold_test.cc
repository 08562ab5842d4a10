#include "quorum/hold.h"

#include <gtest/gtest.h>

namespace keystile::quorum {
namespace {

using std::chrono::hours;

const WallTime kStart = parse_iso8601("2026-11-21T06:30:00.000Z").value();
const Clocks kBegan{kStart, {{"binance", kStart + Millis{20}}, {"okx", kStart - Millis{30}}}};

Clocks after(Millis wall, std::map<std::string, Millis> exchanges) {
  Clocks clocks{kStart + wall, {}};
  for (const auto& [name, time] : exchanges) clocks.exchanges[name] = kStart + time;
  return clocks;
}

TEST(Hold, TheLeastThatTheClocksAgreeOn) {
  EXPECT_EQ(elapsed(kBegan, after(hours{3}, {{"binance", hours{2} + Millis{20}},
                                             {"okx", hours{4} - Millis{30}}})),
            hours{2});
  EXPECT_EQ(elapsed(kBegan, kBegan), Millis{0});
}

TEST(Hold, AWallClockSetForwardEndsNothing) {
  EXPECT_EQ(elapsed(kBegan, after(hours{72}, {{"binance", hours{1} + Millis{20}}})), hours{1});
  EXPECT_EQ(elapsed(kBegan, after(hours{72}, {})), std::nullopt);
  EXPECT_EQ(elapsed(kBegan, after(hours{72}, {{"bybit", hours{72}}})), std::nullopt);
  EXPECT_EQ(elapsed({kStart, {}}, after(hours{72}, {{"binance", hours{72}}})), std::nullopt);
}

TEST(Hold, AClockSetBackEndsNothing) {
  EXPECT_LT(elapsed(kBegan, after(-hours{1}, {{"binance", hours{72}}})), Millis{0});
}

TEST(Hold, ClocksRoundTrip) {
  const auto again = read_clocks(json::parse(json::dump(to_json(kBegan))).value());
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, kBegan);
  for (const char* bad : {"{}", "[]", R"({"binance":"2026-11-21T06:30:00.000Z"})",
                          R"({"wall":"yesterday"})", R"({"wall":1795242600})"}) {
    EXPECT_EQ(read_clocks(json::parse(bad).value()).error().code, "ledger.entry") << bad;
  }
}

}  // namespace
}  // namespace keystile::quorum
