#include "feed/tardis_replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

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
  static std::string item(const std::string& id) {
    return R"({"T":1795271400000,"s":"BTCUSDT","S":"Buy","v":"0.5","p":"10","L":"PlusTick","i":")" +
           id + R"(","BT":false})";
  }
  static std::string trades(const std::string& items) {
    return R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1795271400000,"data":[)" +
           items + "]}";
  }
  static std::string trade(const std::string& id) { return trades(item(id)); }
  // By another connection of another recorder, from this second on.
  void record(int64_t second, const std::vector<std::string>& texts,
              const char* product = "bybit-linear") {
    int64_t now = kBegin + second * kSecond;
    auto recorder = Recorder::make(folder.path(), product, from_epoch_ms(now / 1'000'000));
    ASSERT_TRUE(recorder);
    (*recorder)->begin(0, Seat::kHeard, ++now);
    for (const std::string& text : texts) {
      (*recorder)->message(0, Seat::kHeard, {text, ++now, {}}, "");
    }
    (*recorder)->end(0, Seat::kHeard, ++now, market::Break::kGap);
    ASSERT_TRUE((*recorder)->flush());
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

// More at once than may wait for a program that reads as it comes.
TEST_F(TardisReplayTest, AMessageOfManyTradesIsToldWhole) {
  constexpr int kTrades = 1024;  // Bybit's most
  std::string items;
  for (int i = 0; i < kTrades; ++i) {
    items += (i > 0 ? "," : "") + item("m" + std::to_string(i));
  }
  record(20, {trades(items), trade("last")});
  const auto lines = tardis_replay(folder.path(), options("20", "59"), stop);
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ(std::count(lines->begin(), lines->end(), '\n'), kTrades + 1);
  EXPECT_NE(lines->find(R"("id":"last")"), lines->npos);
}

TEST_F(TardisReplayTest, ALostConnectionIsToldOfTradesToo) {
  record(20, {trade("9")});
  const auto only = [](const char* type) {
    return std::string(R"({"exchange":"bybit","symbols":["BTCUSDT"],"dataTypes":[")") + type +
           R"("],"withDisconnectMessages":true,"from":"2026-11-21T14:30","to":"2026-11-21T14:31"})";
  };
  EXPECT_EQ(told(only("trade")), "trade2 trade3 trade4 trade5 disconnect trade9 disconnect ");
  EXPECT_EQ(told(only("trade_bar_5ticks")), "disconnect disconnect ") << "no bar is of both";
}

// A recorder that was killed, and no other one came: that is not the silence of a market.
TEST_F(TardisReplayTest, TheEndOfARecordingIsALoss) {
  {
    const int64_t now = kBegin + 20 * kSecond;
    auto recorder = Recorder::make(folder.path(), "bybit-linear", from_epoch_ms(now / 1'000'000));
    ASSERT_TRUE(recorder);
    (*recorder)->begin(0, Seat::kHeard, now + 1);
    (*recorder)->message(0, Seat::kHeard, {trade("9"), now + 2, {}}, "");
    ASSERT_TRUE((*recorder)->flush());
  }
  EXPECT_EQ(told(options("20", "59", R"(,"withDisconnectMessages":true)")), "trade9 disconnect ");
}

TEST_F(TardisReplayTest, AMessageThatCannotBeReadIsMissed) {
  record(20, {trade("9"), trades(R"({"s":"BTCUSDT"})"), trade("11")});
  EXPECT_EQ(told(R"({"exchange":"bybit","symbols":["BTCUSDT"],"dataTypes":["trade"],)"
                 R"("withDisconnectMessages":true,"from":"2026-11-21T14:30:20",)"
                 R"("to":"2026-11-21T14:31:00"})"),
            "trade9 disconnect trade11 disconnect ");
}

TEST_F(TardisReplayTest, ABookThatMissesItsChecksumIsNotTold) {
  record(20,
         {R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{)"
          R"("bids":[["9","1","0","1"]],"asks":[["11","1","0","1"]],"ts":"1795271400000",)"
          R"("checksum":1,"seqId":1,"prevSeqId":-1}]})"},
         "okx");
  EXPECT_EQ(told(R"({"exchange":"okx","symbols":["BTC-USDT"],"dataTypes":["book_change"],)"
                 R"("withDisconnectMessages":true,"from":"2026-11-21T14:30",)"
                 R"("to":"2026-11-21T14:31"})"),
            "disconnect ");
}

TEST_F(TardisReplayTest, ADamagedRecordingIsNotToldAsWhole) {
  const std::string path = folder.path() + "/bybit-linear/trade/2026-11-21T14.jsonl.zst";
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-2, std::ios::end);  // of its checksum
  file << "??";
  file.close();
  EXPECT_EQ(told(options("00", "59")), "replay.damaged");
  EXPECT_EQ(told(R"({"exchange":"bybit","symbols":["BTCUSDT"],"dataTypes":["trade"],)"
                 R"("from":"2026-11-21T15:00","to":"2026-11-22"})"),
            "")
      << "of hours that were not asked for";
}

TEST_F(TardisReplayTest, WhatCannotBeTold) {
  EXPECT_EQ(told("[" + options("00", "59") + "," + options("00", "58") + "]"), "relay.parameter");
  for (const char* to : {"2255-04-01", "9999-12-31", "0001-01-01"}) {
    EXPECT_EQ(told(std::string(R"({"exchange":"bybit","symbols":["BTCUSDT"],"dataTypes":)"
                               R"(["trade"],"from":"2026-11-21","to":")") +
                   to + "\"}"),
              "relay.parameter");
  }
  EXPECT_NE(told(R"({"exchange":"bybit","symbols":["BTCUSDT"],"dataTypes":["trade"],)"
                 R"("from":"2026-11-21","to":"2254-12-31"})"),
            "");

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
