#include "ledger/ledger.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "ledger/disk.h"
#include "ledger/test_data.h"
#include "ledger/test_folder.h"

namespace keystile::ledger {
namespace {

TEST(Ledger, WhatIsAppendedIsRead) {
  TestFolder test;
  {
    auto ledger = test.open();
    ASSERT_TRUE(ledger) << ledger.error().message;
    EXPECT_EQ((*ledger)->append(json::object({{"kind", "a"}}), Priority::kOrdinary).value(), 0u);
    EXPECT_EQ((*ledger)->append(json::Value(json::Object{}), Priority::kReserve).value(), 1u);
    EXPECT_EQ(test.entries().size(), 2u);  // also beside the writer, before any sync
    ASSERT_TRUE((*ledger)->sync());
    EXPECT_EQ((*ledger)->durable(), 2u);
  }
  const auto entries = test.entries();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0], R"({"index":0,"time":"2026-11-20T22:52:12.345Z","kind":"a"})");
  EXPECT_EQ(entries[1], R"({"index":1,"time":"2026-11-20T22:52:12.345Z"})");
  EXPECT_EQ(std::filesystem::file_size(test.path("journal")), 0u);
}

class MovedClock final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(now_ms); }
  MonoTime mono() const override { return {}; }
  std::atomic<int64_t> now_ms{1'780'000'000'000};  // the ledger's thread looks too
};

TEST(Ledger, SaysHowFarItHasCome) {
  TestFolder test;
  MovedClock clock;
  test.options.sync_every = Millis{60000};
  auto ledger = Ledger::open(test.options, test.key, clock).value();
  EXPECT_FALSE(ledger->progress().waiting_since);
  const WallTime first = clock.wall();
  ASSERT_TRUE(ledger->append(json::object({{"kind", "a"}}), Priority::kOrdinary));
  clock.now_ms += 700;
  ASSERT_TRUE(ledger->append(json::object({{"kind", "b"}}), Priority::kOrdinary));
  Progress progress = ledger->progress();
  EXPECT_EQ(progress.size, 2u);
  EXPECT_EQ(progress.durable, 0u);
  EXPECT_EQ(progress.waiting_since, first);
  ASSERT_TRUE(ledger->sync());
  progress = ledger->progress();
  EXPECT_EQ(progress.durable, 2u);
  EXPECT_EQ(progress.covered, 2u);
  EXPECT_FALSE(progress.waiting_since);
  EXPECT_EQ(progress.last_checkpoint, clock.wall());
}

TEST(Ledger, RefusesWhatCannotBeAnEntry) {
  TestFolder test;
  auto ledger = test.open().value();
  for (const json::Value& bad :
       {json::Value("text"), json::object({{"index", 1}}), json::object({{"time", 1}}),
        json::object({{"a", std::string(kMaxEntryBytes, 'x')}})}) {
    EXPECT_EQ(ledger->append(bad, Priority::kOrdinary).error().code, "ledger.entry");
  }
  EXPECT_EQ(ledger->size(), 0u);
  // The largest that fits.
  const size_t rest = kMaxEntryBytes -
                      std::string(R"({"index":0,"time":"2026-11-20T22:52:12.345Z","a":""})").size();
  EXPECT_TRUE(ledger->append(json::object({{"a", std::string(rest, 'x')}}), Priority::kOrdinary));
  EXPECT_TRUE(ledger->sync());
}

TEST(Ledger, OneWriterAtATime) {
  TestFolder test;
  auto ledger = test.open().value();
  const auto second = test.open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "ledger.locked");
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
  ledger.reset();
  EXPECT_TRUE(test.open());
}

TEST(Ledger, CreateRefusesAnExistingOne) {
  TestFolder test;
  EXPECT_EQ(Ledger::create(test.options, test.key, test.clock).error().code, "ledger.exists");
}

TEST(Ledger, OpenSaysWhenThereIsNone) {
  TestFolder test;
  test.options.folder += "/other";
  EXPECT_EQ(test.open().error().code, "ledger.missing");
}

TEST(Ledger, AnotherKeyDoesNotOpenIt) {
  TestFolder test;
  const auto other = key_from_seed(std::string(32, 'o'));
  EXPECT_EQ(Ledger::open(test.options, other, test.clock).error().code, "ledger.corrupt");
}

TEST(Ledger, GrowsThroughFullTilesAndRestarts) {
  TestFolder test;
  size_t total = 0;
  for (const int batch : {1, 254, 1, 1, 300, 700}) {
    auto ledger = test.open().value();
    for (int i = 0; i < batch; ++i)
      ledger->append(test.entry(total++), Priority::kOrdinary).value();
    if (batch % 2 == 0) {
      ASSERT_TRUE(ledger->sync());
    }
    ledger.reset();
    test.expect_whole(total);
  }
  EXPECT_TRUE(std::filesystem::exists(test.path("tile/1/000.p/4")));
  EXPECT_TRUE(std::filesystem::exists(test.path("tile/entries/003")));
  EXPECT_FALSE(std::filesystem::exists(test.path("tile/entries/003.p")));
}

TEST(Ledger, TheJournalIsCutWhileItIsWritten) {
  TestFolder test;
  auto ledger = test.open().value();
  for (uint64_t i = 0; i < 2000; ++i) {
    json::Value entry = test.entry(i);
    entry.set("body", std::string(4000, 'x'));
    ledger->append(entry, Priority::kOrdinary).value();
    if (i % 300 == 0) {
      ASSERT_TRUE(ledger->sync());
    }
  }
  ASSERT_TRUE(ledger->sync());
  EXPECT_LT(std::filesystem::file_size(test.path("journal")), 4u << 20);
  EXPECT_EQ(test.entries().size(), 2000u);
  ledger.reset();
  test.expect_whole(2000);
}

TEST(Ledger, ReadAndVerifyBesideTheWriter) {
  TestFolder test;
  auto ledger = test.open().value();
  std::atomic<uint64_t> appended{0};
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      const uint64_t before = appended;
      uint64_t next = 0;
      const Status read_all = read(test.options.folder, 0, [&](Index index, std::string_view text) {
        EXPECT_EQ(index, next++);
        EXPECT_TRUE(text.starts_with("{\"index\":" + std::to_string(index) + ","));
        return true;
      });
      EXPECT_TRUE(read_all) << read_all.error().message;
      EXPECT_GE(next, before);
      const auto verified = verify(test.options.folder);
      EXPECT_TRUE(verified && verified->good()) << verified->damage[0];
    }
  });
  const json::Value entry = json::object({{"body", std::string(3000, 'x')}});
  for (int i = 0; i < 1500; ++i) {
    ledger->append(entry, Priority::kOrdinary).value();
    ++appended;
    if (i % 100 == 0) {
      EXPECT_TRUE(ledger->sync());
    }
  }
  stop = true;
  reader.join();
}

TEST(Ledger, ReadStartsWhereItIsTold) {
  TestFolder test;
  {
    auto ledger = test.open().value();
    for (int i = 0; i < 600; ++i) ledger->append(test.entry(i), Priority::kOrdinary).value();
    ASSERT_TRUE(ledger->sync());
    for (int i = 600; i < 610; ++i) ledger->append(test.entry(i), Priority::kOrdinary).value();
    for (const Index first : {0u, 255u, 256u, 599u, 600u, 605u, 610u, 700u}) {
      Index next = first;
      ASSERT_TRUE(read(test.options.folder, first, [&](Index index, std::string_view) {
        EXPECT_EQ(index, next++);
        return true;
      }));
      EXPECT_EQ(next, std::max<Index>(first, 610u));
    }
    int seen = 0;
    ASSERT_TRUE(read(test.options.folder, 3, [&](Index, std::string_view) { return ++seen < 5; }));
    EXPECT_EQ(seen, 5);
  }
}

TEST(Ledger, OpenDropsATornRecordAndNamesDamage) {
  TestFolder test;
  test.fill(3);
  const std::string one = test.journal_of(3, 4), three = test.journal_of(3, 6);
  test.write("journal", three.substr(0, three.size() - 5));
  EXPECT_EQ(test.open_copy().value()->size(), 5u);
  test.write("journal", three + std::string(100, '\0'));
  EXPECT_EQ(test.open_copy().value()->size(), 6u);

  test.write("journal", one + three.substr(2 * one.size()));
  EXPECT_NE(test.open_copy().error().message.find("entry 4"), std::string::npos);
  test.write("journal", three.substr(one.size()));
  EXPECT_NE(test.open_copy().error().message.find("entries 3 to 3"), std::string::npos);
  test.write("journal", test.journal_of(2, 4));  // entry 2 differs from the one in the tile
  EXPECT_NE(test.open_copy().error().message.find("entry 2"), std::string::npos);
}

TEST(Ledger, OpenNamesWhatACheckpointCoversAndIsMissing) {
  for (const char* name : {"tile/0/000", "tile/entries/001", "tile/0/002.p/8", "tile/1/000.p/2",
                           "tile/entries/002.p/8", "journal"}) {
    TestFolder test;
    test.fill(520);
    ASSERT_TRUE(std::filesystem::remove(test.path(name))) << name;
    const auto ledger = test.open();
    ASSERT_FALSE(ledger) << name;
    EXPECT_EQ(ledger.error().code, "ledger.corrupt");
    EXPECT_NE(ledger.error().message.find(name), std::string::npos) << ledger.error().message;
  }
}

// A child appends and tells each index; it is killed at some moment. What it told must be there.
TEST(LedgerCrash, Kill9AtAnyMoment) {
  TestFolder test;
  test.options.sync_every = Millis{2};  // so that most are killed while they fold
  std::mt19937 random(20261120);
  uint64_t told = 0;
  for (int round = 0; round < 25; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto ledger = test.open();
      if (!ledger) ::_exit(1);
      for (uint64_t i = (*ledger)->size();; ++i) {
        const auto index = (*ledger)->append(test.entry(i), Priority::kOrdinary);
        if (!index || ::write(pipe[1], &*index, sizeof *index) != sizeof *index) ::_exit(2);
      }
    }
    ::close(pipe[1]);
    // Killed after a random number of entries: at once, in the middle of a fold, or between.
    for (int left = std::uniform_int_distribution(0, 500)(random); left > 0; --left) {
      uint64_t index = 0;
      if (::read(pipe[0], &index, sizeof index) != sizeof index) break;
      told = index + 1;
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    for (uint64_t index = 0; ::read(pipe[0], &index, sizeof index) == sizeof index;)
      told = index + 1;
    ::close(pipe[0]);

    auto ledger = test.open();
    ASSERT_TRUE(ledger) << ledger.error().message;
    ASSERT_GE((*ledger)->size(), told);
    told = (*ledger)->size();
    ledger->reset();
    const auto verified = verify(test.options.folder).value();
    ASSERT_TRUE(verified.good()) << verified.damage[0];
    ASSERT_EQ(verified.size, told);
  }
  test.expect_whole(told);
  EXPECT_GT(told, 1000u);
}

}  // namespace
}  // namespace keystile::ledger
