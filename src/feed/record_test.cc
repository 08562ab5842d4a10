// What is recorded is told again as it was told the first time, whatever became of the recorder.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/temp_folder_for_test.h"
#include "feed/recorder.h"
#include "feed/replay.h"
#include "market/event_json.h"

namespace keystile::feed {
namespace {

namespace fs = std::filesystem;

const std::string kRecordings = KEYSTILE_SOURCE_DIR "/test/recordings/";
constexpr int64_t kBegin = 1'795'271'400'000'000'000;  // 2026-11-21T14:30Z
constexpr int64_t kSecond = 1'000'000'000;

std::string line_of(const market::Event& event) {
  std::string line;
  market::append_json(event, &line);
  return line;
}

std::vector<market::Recorded> messages_of(const std::string& file, size_t most) {
  auto recording = market::Recording::open(kRecordings + file);
  std::vector<market::Recorded> all;
  market::Recorded one;
  while (all.size() < most && recording->next(&one).value_or(false)) all.push_back(one);
  return all;
}

// One place in a plan as Live has it, recorded; what was told is kept.
class Connection {
 public:
  Connection(Recorder* recorder, size_t place, const char* product, std::vector<std::string>* told)
      : recorder_(recorder), place_(place) {
    auto made = market::Succession::make(
        product, [told](const market::Event& event) { told->push_back(line_of(event)); });
    succession_ = std::move(*made);
  }

  void begin(int64_t now) {
    recorder_->begin(place_, Seat::kHeard, now);
    succession_->begin();
  }
  void take(const market::Recorded& recorded, int64_t now) {
    (void)succession_->take(record(recorded, Seat::kHeard, now));
  }
  void end(int64_t now, market::Break why) {
    recorder_->end(place_, Seat::kHeard, now, why);
    succession_->lose_books(why, now);
  }

  void begin_heir(int64_t now) {
    recorder_->begin(place_, Seat::kHeir, now);
    succession_->begin_heir(now);
  }
  void take_from_heir(const market::Recorded& recorded, int64_t now) {
    (void)succession_->take_from_heir(record(recorded, Seat::kHeir, now));
  }
  void end_heir(int64_t now) {
    recorder_->end(place_, Seat::kHeir, now, market::Break::kGap);
    succession_->drop_heir();
  }
  void succeed(int64_t now) {
    recorder_->succeed(place_, now);
    succession_->succeed(now);
  }

 private:
  market::Message record(const market::Recorded& recorded, Seat seat, int64_t now) {
    market::Message message = recorded.message();
    message.received_ns = now;
    recorder_->message(place_, seat, message,
                       recorded.is_rest() ? recorded.stream.substr(4) : std::string());
    return message;
  }

  Recorder* recorder_;
  size_t place_;
  std::unique_ptr<market::Succession> succession_;
};

struct Replayed {
  std::vector<std::string> told;
  std::vector<Replay::File> files;
};

Replayed replayed(const std::string& folder, const char* product) {
  Replayed out;
  auto replay = Replay::open(
      folder, product, [&out](const market::Event& event) { out.told.push_back(line_of(event)); });
  if (!replay) {
    ADD_FAILURE() << replay.error().message;
    return out;
  }
  while ((*replay)->next_ns()) (*replay)->step();
  out.files = (*replay)->files();
  return out;
}

std::unique_ptr<Recorder> recorder_in(const TempFolder& folder, const char* product,
                                      int64_t now = kBegin) {
  auto made = Recorder::make(folder.path(), product, from_epoch_ms(now / 1'000'000));
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

struct Case {
  const char* product;
  const char* file;
};
class Recorded : public testing::TestWithParam<Case> {};

// Two connections in turn, over the turn of an hour, one of them twice.
TEST_P(Recorded, IsToldAgainAsItWasTold) {
  const auto [product, file] = GetParam();
  const auto messages = messages_of(file, 400);
  ASSERT_GT(messages.size(), 100u);
  TempFolder folder;
  std::vector<std::string> told;
  {
    const auto recorder = recorder_in(folder, product);
    Connection one(recorder.get(), 0, product, &told), two(recorder.get(), 1, product, &told);
    int64_t now = kBegin;
    one.begin(++now);
    two.begin(++now);
    for (size_t i = 0; i < messages.size(); ++i) {
      one.take(messages[i], now += kSecond * 15);
      two.take(messages[i], ++now);
      if (i == 150) {
        one.end(++now, market::Break::kStale);
        one.begin(++now);
        ASSERT_TRUE(recorder->flush());
      }
    }
    one.end(++now, market::Break::kGap);
    two.end(++now, market::Break::kGap);
    ASSERT_TRUE(recorder->flush());
  }
  const Replayed again = replayed(folder.path(), product);
  EXPECT_GT(told.size(), 100u);
  EXPECT_EQ(again.told, told);
  uint64_t messages_told = 0;
  for (const Replay::File& each : again.files) {
    messages_told += each.messages;
    EXPECT_TRUE(each.troubles.empty()) << each.path << ": " << each.troubles.front().message;
  }
  EXPECT_EQ(messages_told, 2 * messages.size());
  EXPECT_TRUE(fs::exists(folder / (std::string(product) + "/connection/2026-11-21T15.jsonl.zst")));
}

// One takes another's place, which is in the middle of its messages, and is told to be no gap.
TEST_P(Recorded, AnHeirIsListenedToAgainAsItWas) {
  const auto [product, file] = GetParam();
  const auto messages = messages_of(file, 200);
  TempFolder folder;
  std::vector<std::string> told;
  {
    const auto recorder = recorder_in(folder, product);
    Connection one(recorder.get(), 0, product, &told);
    int64_t now = kBegin;
    one.begin(++now);
    for (size_t i = 0; i < 60; ++i) one.take(messages[i], ++now);
    one.begin_heir(++now);
    for (size_t i = 0; i < 30; ++i) one.take_from_heir(messages[i], ++now);
    one.end_heir(++now);
    one.begin_heir(++now);
    for (size_t i = 0; i < 80; ++i) one.take_from_heir(messages[i], ++now);
    for (size_t i = 60; i < 90; ++i) one.take(messages[i], ++now);
    one.succeed(++now);
    for (size_t i = 80; i < messages.size(); ++i) one.take(messages[i], ++now);
    one.end(++now, market::Break::kStale);
    ASSERT_TRUE(recorder->flush());
  }
  const auto is_break = [](const std::string& line) {
    return line.find(R"("type":"gap")") != line.npos;
  };
  EXPECT_TRUE(std::none_of(told.begin(), told.end(), is_break));
  EXPECT_EQ(replayed(folder.path(), product).told, told);
}

// A connection that stood for long, and was replaced; and nothing is read that is not needed.
TEST(Record, ItIsReadFromWhenTheConnectionsOfThenBegan) {
  const auto messages = messages_of("binance-spot.trade.jsonl.gz", 10);
  TempFolder folder;
  std::vector<std::string> told;
  const int64_t hour = 3600 * kSecond, noon = kBegin - 9000 * kSecond;
  {
    const auto recorder = recorder_in(folder, "binance-spot", noon);
    Connection one(recorder.get(), 0, "binance-spot", &told);
    Connection two(recorder.get(), 1, "binance-spot", &told);
    one.begin(noon + 1);
    for (int64_t i = 0; i < 9; ++i) {
      const int64_t now = noon + i * hour + 60 * kSecond;
      if (i == 2) one.begin_heir(now);
      if (i == 3) one.succeed(now);
      one.take(messages[static_cast<size_t>(i)], now + 1);
      if (i == 5) one.end(now + 2, market::Break::kGap);
      if (i == 6) one.begin(now + 2);
      if (i == 8) two.begin(now + 2);
    }
    ASSERT_TRUE(recorder->flush());
  }
  const auto first_hour_from = [&](int64_t hours, int64_t minutes) {
    const int64_t from_ns = noon + hours * hour + minutes * 60 * kSecond;
    const auto replay = Replay::open(folder.path(), "binance-spot", {}, {}, from_ns);
    return replay && !(*replay)->files().empty() ? (*replay)->files().front().hour : "none";
  };
  EXPECT_EQ(first_hour_from(-5, 0), "2026-11-21T12");
  EXPECT_EQ(first_hour_from(1, 30), "2026-11-21T12");
  EXPECT_EQ(first_hour_from(2, 30), "2026-11-21T12") << "its heir does not count yet";
  EXPECT_EQ(first_hour_from(3, 30), "2026-11-21T14") << "when the heir began";
  EXPECT_EQ(first_hour_from(4, 30), "2026-11-21T14");
  EXPECT_EQ(first_hour_from(5, 30), "2026-11-21T17") << "nothing stands";
  EXPECT_EQ(first_hour_from(7, 30), "2026-11-21T18");
  EXPECT_EQ(first_hour_from(8, 30), "2026-11-21T18") << "the older of two";
  EXPECT_EQ(first_hour_from(30, 0), "2026-11-21T18");
  fs::remove(folder / "binance-spot/connection/2026-11-21T18.jsonl.zst");
  EXPECT_EQ(first_hour_from(8, 30), "2026-11-21T12") << "that cannot be said";
}

struct Holes : testing::Test {
  // Trades and best prices, in files of their own, one of each in each second.
  void record(int64_t seconds) {
    const auto trades = messages_of("binance-usdm.trade.jsonl", 80);
    const auto tickers = messages_of("binance-usdm.ticker.jsonl.gz", 80);
    std::vector<std::string> told;
    const auto recorder = recorder_in(folder, "binance-usdm");
    Connection one(recorder.get(), 0, "binance-usdm", &told);
    one.begin(kBegin + 1);
    for (int64_t i = 0; i < seconds; ++i) {
      one.take(tickers[static_cast<size_t>(i)], kBegin + i * kSecond + 2);
      one.take(trades[static_cast<size_t>(i)], kBegin + i * kSecond + 3);
      one.take(tickers[static_cast<size_t>(i)], kBegin + i * kSecond + 4);
      ASSERT_TRUE(recorder->flush());
    }
  }
  // What is told of files: how much is missing, and what is said of it.
  std::string told() {
    losses = 0;
    const auto replay = Replay::open(
        folder.path(), "binance-usdm", [](const market::Event&) {},
        [this](const market::Instrument&, market::Break, int64_t) { ++losses; });
    while ((*replay)->next_ns()) (*replay)->step();
    uint64_t missing = 0;
    std::string codes;
    for (const Replay::File& file : (*replay)->files()) {
      missing += file.missing;
      for (const Error& trouble : file.troubles) codes += " " + trouble.code;
    }
    return std::to_string(missing) + codes;
  }
  std::string path(const char* channel) {
    return folder / (std::string("binance-usdm/") + channel + "/2026-11-21T14.jsonl.zst");
  }

  TempFolder folder;
  size_t losses = 0;
};

TEST_F(Holes, AFileThatIsTakenAwayIsDamage) {
  record(70);
  EXPECT_EQ(told(), "0");
  fs::remove(path("trade"));
  const std::string holes = told();
  EXPECT_EQ(holes.substr(0, 25), "70 recording.missing reco") << holes;
  EXPECT_GT(losses, 60u) << "and what it told is missed";
}

// Its frames are whole each.
TEST_F(Holes, AFrameThatIsTakenAwayIsDamage) {
  record(70);
  const std::string frames = path("trade");
  std::ifstream in(frames, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const std::string_view magic("\x28\xb5\x2f\xfd", 4);
  const size_t second = bytes.find(magic, 4), third = bytes.find(magic, second + 4);
  bytes.erase(second, third - second);
  std::ofstream(frames, std::ios::binary) << bytes;
  EXPECT_EQ(told(), "1 recording.missing");
}

// Its files are not written at one moment; the loss is told.
TEST_F(Holes, WhatAKilledRecorderLeavesIsNoDamage) {
  record(20);
  fs::remove(path("trade"));
  ASSERT_TRUE(recorder_in(folder, "binance-usdm", kBegin + 30 * kSecond)->flush());
  ASSERT_TRUE(recorder_in(folder, "binance-usdm", kBegin + 300 * kSecond)->flush());
  EXPECT_EQ(told(), "20");
  EXPECT_GT(losses, 0u);
}

// What is written instead of such bytes could be read.
TEST(Record, WhatIsNoUtf8StaysWhatCannotBeRead) {
  TempFolder folder;
  const auto recorder = recorder_in(folder, "bybit-linear");
  recorder->begin(0, Seat::kHeard, kBegin + 1);
  const std::string trade =
      R"({"topic":"publicTrade.A","type":"snapshot","ts":1,"data":[{"T":1,"s":"A","S":"Buy",)"
      R"("v":"1","p":"10","i":")";
  for (const char* id : {"good", "bad \xff"}) {
    const std::string text = trade + id + R"("}]})";
    recorder->message(0, Seat::kHeard, {text, kBegin + (*id == 'g' ? 2 : 3), {}}, "");
  }
  ASSERT_TRUE(recorder->flush());
  const Replayed again = replayed(folder.path(), "bybit-linear");
  EXPECT_EQ(again.told.size(), 1u);
  uint64_t refused = 0;
  for (const Replay::File& file : again.files) {
    refused += file.refused;
    EXPECT_TRUE(file.troubles.empty());
  }
  EXPECT_EQ(refused, 1u);
}

// An overlap over the turn of an hour, of which only the later part is left.
TEST(Record, AnHourCanBeReadWithoutThoseBeforeIt) {
  const auto messages = messages_of("binance-spot.trade.jsonl.gz", 60);
  ASSERT_EQ(messages.size(), 60u);
  TempFolder folder;
  std::vector<std::string> told;
  size_t told_before = 0;
  {
    const int64_t hour = kBegin + 1800 * kSecond;  // 15:00
    auto made = Recorder::make(folder.path(), "binance-spot", from_epoch_ms(kBegin / 1'000'000),
                               Selection(std::vector<std::string>{"BTCUSDT"}));
    const std::unique_ptr<Recorder> recorder = std::move(*made);
    Connection one(recorder.get(), 0, "binance-spot", &told);
    int64_t now = hour - 1000;
    one.begin(++now);
    for (size_t i = 0; i < 20; ++i) one.take(messages[i], ++now);
    one.begin_heir(++now);
    told_before = told.size();
    now = hour - 1;  // the first line of the hour comes with its first nanosecond
    for (size_t i = 20; i < 40; ++i) one.take(messages[i], ++now);
    for (size_t i = 20; i < 40; ++i) one.take_from_heir(messages[i], ++now);
    one.succeed(++now);
    for (size_t i = 40; i < messages.size(); ++i) one.take(messages[i], ++now);
    now = hour + 3600 * kSecond;
    one.end(++now, market::Break::kGap);
    ASSERT_TRUE(recorder->flush());
  }
  EXPECT_EQ(replayed(folder.path(), "binance-spot").told, told);
  for (const auto& each : fs::recursive_directory_iterator(folder / "binance-spot")) {
    if (each.path().filename() == "2026-11-21T14.jsonl.zst") fs::remove(each.path());
  }
  told.erase(told.begin(), told.begin() + static_cast<std::ptrdiff_t>(told_before));
  EXPECT_EQ(replayed(folder.path(), "binance-spot").told, told);

  auto marks = market::Recording::open(folder / "binance-spot/connection/2026-11-21T16.jsonl.zst");
  market::Recorded mark;
  ASSERT_TRUE(marks->next(&mark).value_or(false));
  EXPECT_EQ(mark.mark, market::Mark::kHour);
  EXPECT_EQ(mark.symbols, "BTCUSDT");
  ASSERT_TRUE(marks->next(&mark).value_or(false));
  EXPECT_EQ(mark.mark, market::Mark::kBegin);
  EXPECT_TRUE(mark.heir_of.empty()) << "it has succeeded";
  ASSERT_TRUE(marks->next(&mark).value_or(false));
  EXPECT_EQ(mark.mark, market::Mark::kGap);
}

INSTANTIATE_TEST_SUITE_P(Products, Recorded,
                         testing::Values(Case{"binance-usdm", "binance-usdm.book.jsonl.gz"},
                                         Case{"okx", "okx.book.jsonl.gz"},
                                         Case{"bybit-linear", "bybit-linear.book.jsonl.gz"},
                                         Case{"deribit", "deribit.book.jsonl"}),
                         [](const auto& tested) {
                           std::string name = tested.param.product;
                           std::erase(name, '-');
                           return name;
                         });

// A killed recorder: what it had flushed is there, and the next one begins apart from it.
TEST(Record, GoesOnAfterAKill) {
  const auto messages = messages_of("binance-spot.book.jsonl.gz", 60);
  TempFolder folder;
  std::vector<std::string> told;
  int64_t now = kBegin;
  size_t flushed = 0;
  {
    const auto recorder = recorder_in(folder, "binance-spot");
    Connection killed(recorder.get(), 0, "binance-spot", &told);
    killed.begin(++now);
    for (size_t i = 0; i < messages.size(); ++i) {
      killed.take(messages[i], now += kSecond);
      if (i != 40) continue;
      ASSERT_TRUE(recorder->flush());
      flushed = told.size();
    }
  }
  told.resize(flushed);
  {
    const auto recorder = recorder_in(folder, "binance-spot", now += kSecond);
    Connection next(recorder.get(), 0, "binance-spot", &told);
    next.begin(++now);
    for (const market::Recorded& message : messages) next.take(message, now += kSecond);
    ASSERT_TRUE(recorder->flush());
  }
  Replayed again = replayed(folder.path(), "binance-spot");
  ASSERT_GT(again.told.size(), flushed);
  EXPECT_NE(again.told[flushed].find(R"("type":"gap")"), std::string::npos);
  const auto is_of_kill = [](const std::string& line) {
    return line.find(R"("type":"gap")") != line.npos;
  };
  std::erase_if(again.told, is_of_kill);
  EXPECT_EQ(again.told, told);
  EXPECT_TRUE(fs::exists(folder / "binance-spot/book/2026-11-21T14.2.jsonl.zst"));
}

// Wherever a file is cut off: every whole frame before is told, and the tail is named.
TEST(Record, ATornTailIsNamedAndLeftOut) {
  const auto messages = messages_of("binance-spot.book.jsonl.gz", 24);
  TempFolder folder;
  const std::string path = folder / "binance-spot/book/2026-11-21T14.jsonl.zst";
  std::vector<std::string> told;
  std::vector<std::pair<uintmax_t, size_t>> whole{{0, 0}};  // file sizes, and what was told by then
  {
    const auto recorder = recorder_in(folder, "binance-spot");
    Connection one(recorder.get(), 0, "binance-spot", &told);
    one.begin(kBegin + 1);
    for (size_t i = 0; i < messages.size(); ++i) {
      one.take(messages[i], kBegin + 2 + static_cast<int64_t>(i));
      if (i % 4 != 3) continue;
      ASSERT_TRUE(recorder->flush());
      whole.emplace_back(fs::file_size(path), told.size());
    }
  }
  size_t frame = whole.size() - 1;
  for (uintmax_t size = whole.back().first; size > 0; size -= std::min<uintmax_t>(size, 97)) {
    fs::resize_file(path, size);
    while (size < whole[frame].first) --frame;
    const Replayed again = replayed(folder.path(), "binance-spot");
    EXPECT_EQ(again.told.size(), whole[frame].second) << size;
    const auto& troubles = again.files.front().troubles;
    ASSERT_EQ(troubles.size(), size == whole[frame].first ? 0u : 1u) << size;
    if (troubles.empty()) continue;
    EXPECT_EQ(troubles.front().code, "recording.torn");
  }
}

// A recording of so many messages, to whose file that was done.
template <class Damage>
Replayed damaged(size_t count, bool a_frame_each, Damage damage) {
  TempFolder folder;
  std::vector<std::string> told;
  {
    const auto recorder = recorder_in(folder, "binance-spot");
    Connection one(recorder.get(), 0, "binance-spot", &told);
    one.begin(kBegin + 1);
    for (const market::Recorded& message : messages_of("binance-spot.book.jsonl.gz", count)) {
      one.take(message, kBegin + 2);
      if (a_frame_each) {
        EXPECT_TRUE(recorder->flush());
      }
    }
    EXPECT_TRUE(recorder->flush());
  }
  const std::string path = folder / "binance-spot/book/2026-11-21T14.jsonl.zst";
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  damage(file, static_cast<std::streamoff>(fs::file_size(path)));
  file.close();
  return replayed(folder.path(), "binance-spot");
}

TEST(Record, DamageIsNamed) {
  const Replayed again = damaged(24, false, [](std::fstream& file, std::streamoff size) {
    file.seekg(size / 2);
    const char flipped = static_cast<char>(file.get() ^ 0x10);
    file.seekp(size / 2);
    file.put(flipped);
  });
  EXPECT_TRUE(again.told.empty());
  ASSERT_EQ(again.files.front().troubles.size(), 1u);
  EXPECT_EQ(again.files.front().troubles.front().code, "recording.read");
}

// Where a frame says how long it is: what follows cannot be found any more.
TEST(Record, DamageBeforeTheEndIsNoTornTail) {
  const Replayed again = damaged(4, true, [](std::fstream& file, std::streamoff) {
    file.seekp(5);
    file << "\xff\xff\xff\xff\xff";
  });
  ASSERT_EQ(again.files.front().troubles.size(), 1u);
  EXPECT_EQ(again.files.front().troubles.front().code, "recording.read");
}

TEST(Record, IsRefusedWhereItCannotBe) {
  TempFolder folder;
  const auto first = recorder_in(folder, "okx");
  EXPECT_EQ(Recorder::make(folder.path(), "okx", from_epoch_ms(0)).error().code, "record.busy");
  EXPECT_TRUE(Recorder::make(folder.path(), "deribit", from_epoch_ms(0)));
  std::ofstream(folder / "file") << "";
  EXPECT_EQ(Recorder::make(folder / "file", "okx", from_epoch_ms(0)).error().code, "record.folder");
  EXPECT_EQ(Replay::open(folder.path(), "bybit-spot", {}).error().code, "replay.none");
  EXPECT_EQ(Replay::open(folder.path(), "none", {}).error().code, "market.product");
}

TEST(Record, SaysThatItCannotGoOn) {
  TempFolder folder;
  const auto recorder = recorder_in(folder, "okx");
  std::ofstream(folder / "okx/connection") << "no folder";
  EXPECT_EQ(recorder->flush().error().code, "record.write");
  fs::remove(folder / "okx/connection");
  recorder->begin(0, Seat::kHeard, kBegin + 1);
  EXPECT_EQ(recorder->flush().error().code, "record.write");  // something is missing already
  EXPECT_FALSE(fs::exists(folder / "okx/connection"));
}

}  // namespace
}  // namespace keystile::feed
