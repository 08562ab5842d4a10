// A ledger that is opened though its files are damaged: what is read of it, what it takes, and that
// all is there once it is mended.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "ledger/aside.h"
#include "ledger/folder.h"
#include "ledger/fsck.h"
#include "ledger/test_folder.h"

namespace keystile::ledger {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kCovered = 600;  // two whole bundles, and one of 88
constexpr uint64_t kInJournal = 10;
constexpr const char* kLastBundle = "tile/entries/002.p/88";

struct Opened {
  Result<std::unique_ptr<Ledger>> ledger;
  std::set<Index> read;
};

class Damaged : public testing::Test {
 protected:
  Damaged() {
    folder_.fill(kCovered);
    std::string journal;
    for (uint64_t i = kCovered; i < kCovered + kInJournal; ++i) {
      const std::string text =
          entry_text(i, folder_.clock.wall(), json::dump(TestFolder::entry(i))).value();
      journal += frame({i, leaf_hash(text), text});
    }
    folder_.write("journal", journal);
    fs::create_directory(copy_.path() + "/ledger");
    copy(folder_.options.folder, copy_.path() + "/ledger");
  }

  static void copy(const std::string& from, const std::string& to) {
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  void restore() { copy(copy_.path() + "/ledger", folder_.options.folder); }

  Opened open() {
    Opened opened;
    opened.ledger =
        Ledger::open_proven(folder_.options, folder_.key, folder_.clock, system_disk(),
                            [&opened](Index index, std::string_view text, bool) -> Status {
                              const auto entry = json::parse(text).value();
                              EXPECT_EQ(number(entry, "index"), index);
                              opened.read.insert(index);
                              return {};
                            });
    return opened;
  }

  // Every file that stood there before, with its bytes.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& each : fs::recursive_directory_iterator(folder_.options.folder)) {
      const std::string name = each.path().filename();
      if (!each.is_regular_file() || name == kAside || name == "lock") continue;
      all[each.path()] = read_file(each.path()).value();
    }
    return all;
  }

  // The byte at `offset` of that text becomes another.
  void change(const std::string& name, std::string_view text, long offset = 0) {
    std::string bytes = folder_.content(name);
    const size_t at = bytes.find(text);
    ASSERT_NE(at, bytes.npos) << name;
    bytes[static_cast<size_t>(static_cast<long>(at) + offset)] ^= 1;
    folder_.write(name, bytes);
  }
  void change_byte(const std::string& name, size_t at) {
    std::string bytes = folder_.content(name);
    bytes[at] ^= 1;
    folder_.write(name, bytes);
  }
  void cut(const std::string& name, size_t bytes) {
    folder_.write(name, folder_.content(name).substr(0, bytes));
  }
  void remove(const std::string& name) { ASSERT_TRUE(fs::remove(folder_.path(name))); }

  TestFolder folder_;
  TempFolder copy_;
};

struct Kind {
  const char* what;
  std::function<void(Damaged&)> spoil;
  std::string told;          // the first damage
  Index first = 0, end = 0;  // lost
};

TEST_F(Damaged, WhatCanBeProvenIsReadAndNothingIsTouchedUntilItIsMended) {
  const std::vector<Kind> kinds = {
      {"an entry", [this](auto&) { change("tile/entries/000", "\"number\":17", 9); },
       "entry 17 is lost: tile/entries/000 was cut or changed", 17, 18},
      {"an entry's length", [this](auto&) { change("tile/entries/001", "{\"index\":300", -1); },
       "entry 300 is lost: tile/entries/001 was cut or changed", 300, 301},
      {"an entry of the last bundle", [this](auto&) { change(kLastBundle, "\"number\":520", 9); },
       "entry 520 is lost: tile/entries/002.p/88 was cut or changed", 520, 521},
      {"a bundle is gone", [this](auto&) { remove("tile/entries/001"); },
       "entries 256 to 511 are lost: tile/entries/001 is missing", 256, 512},
      {"the last bundle is gone", [this](auto&) { remove(kLastBundle); },
       "entries 512 to 599 are lost: tile/entries/002.p/88 is missing", 512, 600},
      {"a bundle was cut", [this](auto&) { cut("tile/entries/000", 10000); },
       "entries 134 to 255 are lost: tile/entries/000 was cut or changed", 134, 256},
      {"a hash tile is gone", [this](auto&) { remove("tile/0/001"); },
       "tile/0/001 is missing or was cut"},
      {"a hash tile was changed", [this](auto&) { change_byte("tile/0/000", 99); },
       "tile/0/000 was changed"},
      {"the last hash tile was changed", [this](auto&) { change_byte("tile/0/002.p/88", 99); },
       "tile/0/002.p/88 is missing or was changed"},
      {"the hash tile above", [this](auto&) { change_byte("tile/1/000.p/2", 40); },
       "tile/1/000.p/2 is missing or was changed"},
      {"an entry together with its hash",
       [this](auto&) {
         change("tile/entries/000", "\"number\":17", 9);
         Bundle bundle;
         ASSERT_TRUE(Folder(folder_.options.folder).entries({Tile::kEntries, 0}, &bundle));
         std::vector<Hash> leaves;
         for (const auto entry : bundle.entries) leaves.push_back(leaf_hash(entry));
         folder_.write("tile/0/000", join_hashes(leaves));
       },
       "entries 0 to 255 are lost: tile/entries/000 cannot be proven: hash tiles are damaged too",
       0, 256},
      {"a record of the journal", [this](auto&) { change("journal", "\"number\":604", 9); },
       "entry 604 is lost: journal was changed or cut", 604, 605},
      {"its last record", [this](auto&) { change("journal", "\"number\":609", 9); },
       "entry 609 is lost: journal was changed or cut", 609, 610},
      {"records cut out of the journal",
       [this](auto&) {
         std::string bytes = folder_.content("journal");
         const size_t record = bytes.size() / kInJournal;
         bytes.erase(3 * record + 7, 2 * record);
         folder_.write("journal", bytes);
       },
       "entries 603 to 604 are lost: journal was changed or cut", 603, 605},
  };
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(kind.what);
    restore();
    kind.spoil(*this);
    const auto before = files();
    constexpr Index kEnd = kCovered + kInJournal;
    {
      auto [ledger, read] = open();
      ASSERT_TRUE(ledger) << ledger.error().message;
      ASSERT_FALSE((*ledger)->damage().empty());
      EXPECT_EQ(to_string((*ledger)->damage().front()), kind.told);
      EXPECT_EQ(read.size(), kEnd - (kind.end - kind.first));
      for (Index lost = kind.first; lost < kind.end; ++lost) EXPECT_FALSE(read.contains(lost));
      const auto refused = (*ledger)->append(TestFolder::entry(0), Priority::kOrdinary);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, "ledger.damaged");
      EXPECT_NE(refused.error().message.find(kind.told), std::string::npos);
      EXPECT_EQ((*ledger)->append(TestFolder::entry(kEnd), Priority::kRead).value(), kEnd);
      EXPECT_EQ((*ledger)->durable(), kEnd);
      EXPECT_EQ((*ledger)->append(TestFolder::entry(kEnd + 1), Priority::kReserve).value(),
                kEnd + 1);
      EXPECT_EQ((*ledger)->durable(), kEnd + 2);
      EXPECT_FALSE((*ledger)->mend());
    }
    {  // still damaged: it goes on behind what was recorded aside
      auto [ledger, read] = open();
      ASSERT_TRUE(ledger) << ledger.error().message;
      EXPECT_TRUE(read.contains(kEnd + 1));
      EXPECT_EQ((*ledger)->append(TestFolder::entry(kEnd + 2), Priority::kReserve).value(),
                kEnd + 2);
    }
    EXPECT_EQ(files(), before);
    EXPECT_FALSE(fsck(folder_.options.folder).value().notes.empty());
    restore();
    {
      auto [ledger, read] = open();
      ASSERT_TRUE(ledger) << ledger.error().message;
      EXPECT_TRUE((*ledger)->damage().empty());
      EXPECT_EQ(read.size(), kEnd + 3);
      EXPECT_TRUE((*ledger)->append(TestFolder::entry(kEnd + 3), Priority::kOrdinary));
    }
    EXPECT_FALSE(exists(folder_.path(kAside)));
    folder_.expect_whole(kEnd + 4);
    fs::remove_all(folder_.path("tile"));
  }
}

TEST_F(Damaged, WhatNothingCanBeToldOfIsNotOpened) {
  const std::vector<Kind> kinds = {
      {"no checkpoint", [this](auto&) { remove("checkpoint"); }, "checkpoint is missing"},
      {"another checkpoint", [this](auto&) { change_byte("checkpoint", 30); }, "checkpoint: "},
      {"no journal", [this](auto&) { remove("journal"); }, "journal is missing"},
      {"nobody knows how many entries", [this](auto&) { change("journal", "{\"index\":609", -44); },
       "cannot be told"},
      {"the last entries together with their hashes",
       [this](auto&) {
         change(kLastBundle, "\"number\":520", 9);
         change_byte("tile/0/002.p/88", 8 * 32);
       },
       "no entry can be told from a forged one"},
  };
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(kind.what);
    restore();
    kind.spoil(*this);
    const auto [ledger, read] = open();
    ASSERT_FALSE(ledger);
    EXPECT_EQ(ledger.error().code, "ledger.corrupt");
    EXPECT_NE(ledger.error().message.find(kind.told), std::string::npos) << ledger.error().message;
  }
}

// The records aside follow entries that an older copy does not have: it is no mending.
TEST_F(Damaged, AnOlderJournalIsDamageToo) {
  change("tile/entries/000", "\"number\":17", 9);
  { ASSERT_TRUE((*open().ledger)->append(TestFolder::entry(610), Priority::kReserve)); }
  restore();
  folder_.write("journal",
                folder_.content("journal").substr(0, folder_.content("journal").size() / 2));
  const auto [ledger, read] = open();
  ASSERT_TRUE(ledger) << ledger.error().message;
  EXPECT_EQ(to_string((*ledger)->damage().front()),
            "entries 605 to 609 are lost: journal ends too early: it is an older copy");
  EXPECT_TRUE(read.contains(610));
}

TEST_F(Damaged, TwoHistoriesAreNotMixed) {
  change("tile/entries/000", "\"number\":17", 9);
  { ASSERT_TRUE((*open().ledger)->append(TestFolder::entry(610), Priority::kReserve)); }
  restore();
  const std::string text = entry_text(610, folder_.clock.wall(), "{\"number\":1}").value();
  folder_.write("journal", folder_.content("journal") + frame({610, leaf_hash(text), text}));
  const std::string aside = folder_.content(kAside);
  {
    const auto [ledger, read] = open();
    ASSERT_TRUE(ledger) << ledger.error().message;
    EXPECT_EQ(to_string((*ledger)->damage().front()),
              "journal.aside holds other entries than the journal at the same places");
  }
  EXPECT_EQ(folder_.content(kFoundAside), aside) << "both are kept";
  EXPECT_TRUE((*open().ledger)->damage().empty());
}

// Whoever can write files has not the ledger's key.
TEST_F(Damaged, APlantedFileIsNotTakenOver) {
  const std::string text = entry_text(610, folder_.clock.wall(), "{\"number\":610}").value();
  const std::string marked = text + "\n" + std::string(86, 'A') + "==";
  const std::string link = copy_.path() + "/elsewhere";
  const std::vector<std::pair<const char*, std::string>> planted = {
      {"without a mark", frame({610, leaf_hash(text), text})},
      {"with another mark", frame({610, leaf_hash(marked), marked})},
      {"no record at all", "nonsense"},
      {"a link", ""}};
  for (const auto& [what, bytes] : planted) {
    SCOPED_TRACE(what);
    restore();
    if (bytes.empty()) {
      std::ofstream(link) << "precious";
      fs::create_symlink(link, folder_.path(kAside));
    } else {
      folder_.write(kAside, bytes);
    }
    {
      const auto [ledger, read] = open();
      ASSERT_TRUE(ledger) << ledger.error().message;
      EXPECT_FALSE(read.contains(610));
      EXPECT_EQ(to_string((*ledger)->damage().front()),
                "journal.aside is not what this ledger's key has signed");
      EXPECT_TRUE((*ledger)->append(TestFolder::entry(610), Priority::kReserve));
    }
    if (bytes.empty()) {
      EXPECT_EQ(read_file(link).value(), "precious");
    } else {
      EXPECT_EQ(folder_.content(kFoundAside), bytes);
    }
    { ASSERT_TRUE((*open().ledger)->damage().empty()); }
    folder_.expect_whole(611);
    fs::remove(folder_.path(kFoundAside));
    fs::remove_all(folder_.path("tile"));
  }
}

// Its records stand in tiles, and the ones aside follow what the checkpoint covers.
TEST_F(Damaged, AnOlderJournalThatEndsBeforeTheCheckpointDoesNoHarm) {
  folder_.write("journal", "");
  change("tile/entries/000", "\"number\":17", 9);
  { ASSERT_TRUE((*open().ledger)->append(TestFolder::entry(600), Priority::kReserve)); }
  restore();
  std::string older;
  for (uint64_t i = 500; i < 510; ++i) {
    std::string text;
    ASSERT_TRUE(read(folder_.options.folder, i, [&](Index, std::string_view entry) {
      text = entry;
      return false;
    }));
    older += frame({i, leaf_hash(text), text});
  }
  folder_.write("journal", older);
  { ASSERT_TRUE((*open().ledger)->damage().empty()); }
  folder_.expect_whole(601);
}

// No byte is left, unless the reserve is given away.
class TinyDisk final : public Disk {
 public:
  ssize_t write(int fd, std::string_view bytes) override {
    if (full && !given) {
      errno = ENOSPC;
      return -1;
    }
    return Disk::write(fd, bytes);
  }
  int remove(const std::string& path) override {
    given = given || path.ends_with("/reserve");
    return Disk::remove(path);
  }
  bool full = false, given = false;
};

TEST_F(Damaged, OnAFullDiskReadsDoNotUseWhatIsKeptForCancels) {
  change("tile/entries/000", "\"number\":17", 9);
  TinyDisk disk;
  auto ledger = Ledger::open_proven(folder_.options, folder_.key, folder_.clock, disk,
                                    [](Index, std::string_view, bool) -> Status { return {}; });
  ASSERT_TRUE(ledger) << ledger.error().message;
  disk.full = true;
  EXPECT_EQ((*ledger)->append(TestFolder::entry(0), Priority::kRead).error().code, "ledger.full");
  EXPECT_FALSE(disk.given);
  EXPECT_TRUE((*ledger)->append(TestFolder::entry(610), Priority::kReserve));
  EXPECT_EQ((*ledger)->append(TestFolder::entry(0), Priority::kRead).error().code, "ledger.full");
}

// Killed between putting the records into the journal and removing the file.
TEST_F(Damaged, RecordsAreTakenOverOnce) {
  change("tile/entries/000", "\"number\":17", 9);
  { ASSERT_TRUE((*open().ledger)->append(TestFolder::entry(610), Priority::kReserve)); }
  restore();
  AsideFile aside;
  ASSERT_TRUE(read_aside(Folder(folder_.options.folder),
                         note_key(folder_.options.origin, folder_.key).value(), &aside));
  folder_.write("journal", folder_.content("journal") + frame(aside.records.at(0)));
  { ASSERT_TRUE(open().ledger); }
  EXPECT_FALSE(exists(folder_.path(kAside)));
  folder_.expect_whole(611);
}

TEST_F(Damaged, NothingPassesOnceItsRecordsAreTakenAway) {
  change("tile/entries/000", "\"number\":17", 9);
  auto [ledger, read] = open();
  ASSERT_TRUE((*ledger)->append(TestFolder::entry(610), Priority::kReserve));
  remove(kAside);
  EXPECT_EQ((*ledger)->append(TestFolder::entry(611), Priority::kReserve).error().code,
            "ledger.damaged");
}

}  // namespace
}  // namespace keystile::ledger
