// A ledger whose files are deleted, renamed, cut or replaced while it is written.
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/test_folder.h"

namespace keystile::ledger {
namespace {

namespace fs = std::filesystem;

class Rescue : public testing::Test {
 protected:
  Rescue() {
    test_.options.look_every = Millis{5};
    test_.options.sync_every = Millis{2};
    test_.fill(300);
    ledger_ = test_.open().value();
    append(5, Priority::kOrdinary);
  }

  void append(int count, Priority priority) {
    for (; count > 0; --count) {
      const auto index = ledger_->append(TestFolder::entry(total_), priority);
      ASSERT_TRUE(index) << index.error().message;
      EXPECT_EQ(*index, total_++);
    }
  }
  // After it has had the time to look.
  Status look() {
    (void)ledger_->sync();
    return ledger_->condition();
  }
  void expect_damaged(std::string_view words) {
    const Status found = look();
    ASSERT_FALSE(found) << words;
    EXPECT_EQ(found.error().code, "ledger.damaged");
    EXPECT_NE(found.error().message.find(words), std::string::npos) << found.error().message;
    const auto refused = ledger_->append(TestFolder::entry(total_), Priority::kOrdinary);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "ledger.damaged");
    append(3, Priority::kReserve);
    (void)ledger_->sync();
    EXPECT_EQ(ledger_->durable(), ledger_->size());
  }
  void expect_going_on() {
    const Status found = look();
    ASSERT_TRUE(found) << found.error().message;
    append(3, Priority::kOrdinary);
    EXPECT_TRUE(ledger_->sync());
    EXPECT_FALSE(fs::exists(test_.path("journal.rescue")));
    test_.expect_whole(total_);
  }
  // "tile/0/001.p/" → "tile/0/001.p/49": the tile as it stands under the checkpoint.
  std::string last_part(std::string name) const {
    if (name.back() == '/') name += std::to_string(total_ - 256);
    return name;
  }
  void reopen() {
    ledger_.reset();
    ledger_ = test_.open().value();
    EXPECT_EQ(ledger_->size(), total_);
  }

  TestFolder test_;
  std::unique_ptr<Ledger> ledger_;
  uint64_t total_ = 300;
};

struct Spoiling {
  const char* name;
  const char* words;
  void (*spoil)(const std::string& journal);
};
const Spoiling kSpoilings[] = {
    {"deleted", "journal was deleted", [](const std::string& path) { fs::remove(path); }},
    {"renamed", "journal was renamed",
     [](const std::string& path) { fs::rename(path, path + ".away"); }},
    {"emptied", "journal has 0 bytes instead of",
     [](const std::string& path) { fs::resize_file(path, 0); }},
    {"cut", "instead of",
     [](const std::string& path) { fs::resize_file(path, fs::file_size(path) - 1); }},
    {"grown", "instead of",
     [](const std::string& path) { fs::resize_file(path, fs::file_size(path) + 100); }},
    {"replaced", "journal was replaced",
     [](const std::string& path) {
       fs::copy_file(path, path + ".copy");
       fs::rename(path + ".copy", path);
     }},
    {"a folder", "journal was replaced",
     [](const std::string& path) {
       fs::remove(path);
       fs::create_directory(path);
     }},
};

// Between two looks nothing is folded, so that the journal is not empty.
class SpoiltJournal : public Rescue, public testing::WithParamInterface<Spoiling> {
 protected:
  SpoiltJournal() { GetParam().spoil(test_.path("journal")); }
};

TEST_P(SpoiltJournal, OnlyCancelsGoOnUntilItIsMended) {
  expect_damaged(GetParam().words);
  const Status mended = ledger_->mend();
  ASSERT_TRUE(mended) << mended.error().message;
  expect_going_on();
}

TEST_P(SpoiltJournal, ARestartMendsItToo) {
  expect_damaged(GetParam().words);
  const auto verified = verify(test_.options.folder).value();
  EXPECT_EQ(verified.size + verified.in_journal, total_);
  EXPECT_TRUE(verified.good()) << verified.damage[0];
  reopen();
  expect_going_on();
}

INSTANTIATE_TEST_SUITE_P(Rescue, SpoiltJournal, testing::ValuesIn(kSpoilings),
                         [](const auto& spoiling) {
                           std::string name = spoiling.param.name;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

TEST_F(Rescue, ARenamedJournalThatIsPutBackEndsIt) {
  fs::rename(test_.path("journal"), test_.path("away"));
  expect_damaged("journal was renamed");
  fs::rename(test_.path("away"), test_.path("journal"));
  expect_going_on();
}

TEST_F(Rescue, AJournalThatGrewWhileItWasAwayMayBePutBackToo) {
  fs::rename(test_.path("journal"), test_.path("away"));
  append(3, Priority::kReserve);  // some of them into the file that is away
  expect_damaged("journal was renamed");
  fs::rename(test_.path("away"), test_.path("journal"));
  expect_going_on();
}

TEST_F(Rescue, WhatWaitsForTheNextWriteIsRescuedToo) {
  ledger_.reset();
  test_.options.look_every = test_.options.sync_every = Millis{60'000};  // only when it is asked to
  ledger_ = test_.open().value();
  const auto append_big = [&](When when) {
    const json::Value entry =
        json::object({{"number", total_++}, {"body", std::string(2000, 'x')}});
    ASSERT_TRUE(ledger_->append_text(json::dump(entry), Priority::kReserve, when));
  };
  for (int i = 0; i < 300; ++i) append_big(i % 2 ? When::kSoon : When::kNow);
  append_big(When::kNow);
  test_.expect_whole(total_);
  const auto size = fs::file_size(test_.path("journal"));
  for (int i = 0; i < 3; ++i) append_big(When::kSoon);
  EXPECT_EQ(fs::file_size(test_.path("journal")), size);
  fs::remove(test_.path("journal"));
  EXPECT_EQ(look().error().code, "ledger.damaged");
  EXPECT_EQ(ledger_->durable(), total_);
  test_.expect_whole(total_);
  ASSERT_TRUE(ledger_->mend());
  expect_going_on();
}

// Nothing is folded meanwhile, which may be for hours, and memory holds the only sound copy.
TEST_F(Rescue, WhatIsKeptForADamagedLedgerTakesLittleMoreThanItsEntries) {
  const auto memory = [] {
    uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<uint64_t>(::getpagesize());
  };
  fs::rename(test_.path("log.vkey"), test_.path("away"));
  expect_damaged("log.vkey");
  const uint64_t before = memory();
  for (int i = 0; i < 400; ++i) {
    append(2, Priority::kReserve);
    (void)ledger_->sync();
  }
  EXPECT_LT(memory(), before + (32u << 20));
  fs::rename(test_.path("away"), test_.path("log.vkey"));
  expect_going_on();
}

TEST_F(Rescue, TheRescueItselfIsWatched) {
  fs::remove(test_.path("journal"));
  expect_damaged("journal was deleted");
  fs::remove(test_.path("journal.rescue"));
  expect_damaged("journal was deleted");
  ASSERT_TRUE(ledger_->mend());
  expect_going_on();
}

TEST_F(Rescue, AMovedFolderIsNoticedAndNothingIsMadeInItsPlace) {
  const std::string away = test_.temp.path() + ".away";
  fs::rename(test_.options.folder, away);
  expect_damaged("was renamed");
  EXPECT_FALSE(fs::exists(test_.options.folder));
  fs::rename(away, test_.options.folder);
  expect_going_on();
}

TEST_F(Rescue, WithoutAnyFolderNothingIsTaken) {
  const std::string away = test_.temp.path() + ".away";
  fs::rename(test_.options.folder, away);  // so that nothing is made while it is removed
  fs::remove_all(away);
  (void)look();
  for (const Priority priority : {Priority::kOrdinary, Priority::kReserve}) {
    EXPECT_EQ(ledger_->append(TestFolder::entry(0), priority).error().code, "ledger.damaged");
  }
  EXPECT_FALSE(ledger_->mend());
}

TEST_F(Rescue, CheckpointKeyAndTilesAreWatchedToo) {
  for (const char* name : {"checkpoint", "log.vkey", "tile/0/001.p/", "tile/entries/001.p/",
                           "tile/1/000.p/1", "tile/0/000", "tile/entries/000"}) {
    ASSERT_TRUE(ledger_->sync());
    const std::string path = last_part(name);
    fs::rename(test_.path(path), test_.path("away"));
    expect_damaged(path);
    fs::rename(test_.path("away"), test_.path(path));
    expect_going_on();
  }
}

TEST_F(Rescue, WhatMemoryHoldsIsWrittenAnewAndTheRestIsAskedFor) {
  ASSERT_TRUE(ledger_->sync());
  for (const char* name : {"checkpoint", "log.vkey", "tile/0/001.p/", "tile/entries/001.p/"}) {
    fs::remove(test_.path(last_part(name)));
  }
  test_.write("checkpoint", "nonsense\n");
  expect_damaged("");
  ASSERT_TRUE(ledger_->mend());
  expect_going_on();
  fs::rename(test_.path("tile/entries/000"), test_.path("away"));
  expect_damaged("tile/entries/000 was deleted");
  EXPECT_EQ(ledger_->mend().error().code, "ledger.damaged");
  fs::rename(test_.path("away"), test_.path("tile/entries/000"));
  expect_going_on();
}

TEST_F(Rescue, ADeletedReserveIsMadeAgain) {
  fs::remove(test_.path("reserve"));
  const auto made = [&] { return look() && fs::exists(test_.path("reserve")); };
  for (int i = 0; i < 100 && !made(); ++i) {
  }
  EXPECT_TRUE(made());
}

TEST_F(Rescue, ADeletedLockIsTakenAgainUnlessAnotherHasIt) {
  fs::remove(test_.path("lock"));
  expect_going_on();
  EXPECT_EQ(test_.open().error().code, "ledger.locked");
  // Another one comes in between the deletion and our look.
  ledger_.reset();
  test_.options.look_every = Millis{60'000};
  ledger_ = test_.open().value();
  fs::remove(test_.path("lock"));
  auto other = test_.open();
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(look().error().code, "ledger.locked");
  EXPECT_EQ(ledger_->append(TestFolder::entry(0), Priority::kReserve).error().code,
            "ledger.locked");
}

}  // namespace
}  // namespace keystile::ledger
