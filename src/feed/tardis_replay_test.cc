#include "feed/tardis_replay.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/temp_folder_for_test.h"
#include "feed/recorder.h"

namespace keystile::feed {
namespace {

constexpr int64_t kBegin = 1'795'271'400'000'000'000;  // 2026-11-21T14:30Z
constexpr int64_t kSecond = 1'000'000'000;

struct TardisReplayTest : testing::Test {
  TardisReplayTest() {
    auto recorder =
        Recorder::make(folder.path(), "bybit-linear", from_epoch_ms(kBegin / 1'000'000));
    EXPECT_TRUE(recorder);
    (*recorder)->begin(0, Seat::kHeard, kBegin);
    auto says = [&recorder, now = kBegin](int64_t second, const std::string& text) mutable {
      now = std::max(now + 1, kBegin + second * kSecond);
      (*recorder)->message(0, Seat::kHeard, {text, now, {}}, "");
    };
    says(1, book("snapshot", 1, R"(["9","1"])", R"(["11","1"])"));
    for (int64_t second = 2; second <= 5; ++second) {
      const auto number = std::to_string(second);
      says(second, book("delta", second, "[\"9\",\"" + number + "\"]", ""));
      says(second, trade(number));
    }
    (*recorder)->end(0, Seat::kHeard, kBegin + 6 * kSecond, market::Break::kGap);
    EXPECT_TRUE((*recorder)->flush());
  }

  // As Bybit's documents show them.
  static std::string book(const char* type, int64_t number, std::string bids, std::string asks) {
    return R"({"topic":"orderbook.50.BTCUSDT","type":")" + std::string(type) +
           R"(","ts":1795271400000,"data":{"s":"BTCUSDT","b":[)" + bids + R"(],"a":[)" + asks +
           R"(],"u":)" + std::to_string(number) + R"(,"seq":1},"cts":1795271400000})";
  }
  static std::string trade(const std::string& id) {
    return R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1795271400000,"data":[)"
           R"({"T":1795271400000,"s":"BTCUSDT","S":"Buy","v":"0.5","p":"10","L":"PlusTick","i":")" +
           id + R"(","BT":false}]})";
  }
  static std::string options(const char* from, const char* to, const char* more = "") {
    return std::string(R"({"exchange":"bybit","symbols":["btcusdt"],"dataTypes":)"
                       R"(["trade","book_change"],"from":"2026-11-21T14:30:)") +
           from + R"(","to":"2026-11-21T14:30:)" + to + "\"" + more + "}";
  }
  // The types, and of trades their ids.
  std::string told(const std::string& options) {
    const auto lines = tardis_replay(folder.path(), options, stop);
    if (!lines) return lines.error().code;
    std::string out;
    for (size_t at = 0; at < lines->size();) {
      const size_t end = lines->find('\n', at);
      const auto line = json::parse(lines->substr(at, end - at));
      if (!line) return "no JSON: " + *lines;
      out += std::string(line->text("type")) + std::string(line->text("id"));
      const json::Value* snapshot = line->find("isSnapshot");
      out += snapshot && *snapshot->if_bool() ? "! " : " ";
      at = end + 1;
    }
    return out;
  }

  TempFolder folder;
  std::atomic<bool> stop = false;
};

TEST_F(TardisReplayTest, WhatWasHeardBetweenTwoTimes) {
  EXPECT_EQ(told(options("00", "59")),
            "book_change! book_change trade2 book_change trade3 book_change trade4 book_change "
            "trade5 ");
  EXPECT_EQ(told(options("00", "59", R"(,"withDisconnectMessages":true)")),
            "book_change! book_change trade2 book_change trade3 book_change trade4 book_change "
            "trade5 disconnect ");
}

TEST_F(TardisReplayTest, ABookBeginsAsItWasThen) {
  // With the change of that moment: what is owed is told as it is when it is told.
  EXPECT_EQ(told(options("03", "05")), "book_change! trade3 book_change trade4 ");
  const auto lines = tardis_replay(folder.path(), options("03", "04"), stop);
  ASSERT_TRUE(lines);
  EXPECT_NE(lines->find(R"("bids":[{"price":9,"amount":3}])"), std::string::npos) << *lines;
}

TEST_F(TardisReplayTest, WhatCannotBeTold) {
  EXPECT_EQ(told(R"({"exchange":"bybit","symbols":["BTCUSDT"],"dataTypes":["trade"]})"),
            "relay.parameter");
  EXPECT_EQ(told(R"({"exchange":"bybit","dataTypes":["trade"],"from":"2026-11-21",)"
                 R"("to":"2026-11-22"})"),
            "relay.parameter");
  EXPECT_EQ(told(R"({"exchange":"okx","symbols":["BTC-USDT"],"dataTypes":["trade"],)"
                 R"("from":"2026-11-21","to":"2026-11-22"})"),
            "replay.none");
  EXPECT_EQ(told("x"), "relay.parameter");
  EXPECT_EQ(told(options("30", "59")), "");
  stop = true;
  EXPECT_EQ(told(options("00", "59")), "replay.stopped");
}

}  // namespace
}  // namespace keystile::feed
