// A full disk and a broken one.
#include "ledger/disk.h"

#include <cerrno>

#include "ledger/test_folder.h"

namespace keystile::ledger {
namespace {

// The folder's files may have that many bytes together, as on a small disk of its own.
class SmallDisk final : public Disk {
 public:
  explicit SmallDisk(std::string folder) : folder_(std::move(folder)) {}

  ssize_t write(int fd, std::string_view bytes) override {
    const uint64_t room = left();
    if (room == 0 && !bytes.empty()) {
      errno = ENOSPC;
      return -1;
    }
    return Disk::write(fd, bytes.substr(0, room));
  }
  int allocate(int fd, uint64_t bytes) override {
    return left() < bytes ? ENOSPC : Disk::allocate(fd, bytes);
  }
  std::atomic<uint64_t> capacity{1 << 30};

 private:
  uint64_t left() const {
    namespace fs = std::filesystem;
    uint64_t used = 0;
    std::error_code gone;
    for (fs::recursive_directory_iterator it(folder_, gone), end; it != end; it.increment(gone)) {
      const uint64_t size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
      if (!gone) used += size;
    }
    return used < capacity ? capacity - used : 0;
  }
  std::string folder_;
};

class BrokenDisk final : public Disk {
 public:
  ssize_t write(int fd, std::string_view bytes) override {
    if (!write_fails) return Disk::write(fd, bytes);
    errno = EIO;
    return half_written ? Disk::write(fd, bytes.substr(0, std::exchange(half_written, 0))) : -1;
  }
  int sync(int fd) override {
    errno = EIO;
    return sync_fails ? -1 : Disk::sync(fd);
  }
  std::atomic<bool> write_fails{false}, sync_fails{false};
  size_t half_written = 0;
};

// Does not wait for the medium, so that thousands of runs take seconds.
class QuickDisk : public Disk {
 public:
  int sync(int) override { return 0; }
};

// Counts its calls, and fails some of them.
class FaultyDisk final : public QuickDisk {
 public:
  enum class Kind { kOnce, kFromThenOn, kHalfWritten };
  struct Fault {
    uint64_t call;  // which one fails
    int number;     // with which errno
    Kind kind;
  };
  explicit FaultyDisk(Fault fault) : fault_(fault) {}

  int open(const std::string& path, int flags) override {
    return fails() ? -1 : Disk::open(path, flags);
  }
  ssize_t write(int fd, std::string_view bytes) override {
    if (!fails()) return Disk::write(fd, bytes);
    if (fault_.kind != Kind::kHalfWritten) return -1;
    (void)!Disk::write(fd, bytes.substr(0, bytes.size() / 2));
    errno = fault_.number;
    return -1;
  }
  int sync(int fd) override { return fails() ? -1 : QuickDisk::sync(fd); }
  int allocate(int fd, uint64_t bytes) override {
    return fails() ? errno : Disk::allocate(fd, bytes);
  }
  int truncate(int fd, uint64_t bytes) override { return fails() ? -1 : Disk::truncate(fd, bytes); }
  int rename(const std::string& from, const std::string& to) override {
    return fails() ? -1 : Disk::rename(from, to);
  }
  int remove(const std::string& path) override { return fails() ? -1 : Disk::remove(path); }
  int make_folder(const std::string& path) override {
    return fails() ? -1 : Disk::make_folder(path);
  }
  std::atomic<uint64_t> calls{0};
  std::atomic<bool> healed{false};

 private:
  bool fails() {
    const uint64_t call = calls++;
    if (healed || call < fault_.call) return false;
    if (call > fault_.call && fault_.kind == Kind::kOnce) return false;
    if (call > fault_.call + 1 && fault_.kind == Kind::kHalfWritten) return false;  // and the cut
    errno = fault_.number;
    return true;
  }
  const Fault fault_;
};

const json::Value kBig = json::object({{"body", std::string(2000, 'x')}});

// Appends until it is refused; how many went in.
int append_until_full(Ledger& ledger, Priority priority) {
  for (int count = 0;; ++count) {
    const auto index = ledger.append(kBig, priority);
    if (index) continue;
    EXPECT_EQ(index.error().code, "ledger.full");
    EXPECT_EQ(index.error().kind, ErrorClass::kRetryable);
    return count;
  }
}

TEST(FullDisk, OrdinaryEntriesStopAndTheReserveIsForTheOthers) {
  TestFolder test;
  SmallDisk disk(test.options.folder);
  auto ledger = Ledger::open(test.options, test.key, test.clock, disk).value();
  disk.capacity = 200 << 10;
  const int ordinary = append_until_full(*ledger, Priority::kOrdinary);
  EXPECT_GT(ordinary, 10);

  // 64 KiB are kept, and no ordinary entry may take of them once they are in use.
  ASSERT_TRUE(ledger->append(kBig, Priority::kReserve));
  EXPECT_EQ(ledger->append(kBig, Priority::kOrdinary).error().code, "ledger.full");
  const int kept = 1 + append_until_full(*ledger, Priority::kReserve);
  EXPECT_GE(kept, 30);
  EXPECT_EQ(ledger->sync().error().code, "ledger.full");
  EXPECT_EQ(ledger->durable(), ledger->size());  // all the same they are on disk

  // Space returns: the reserve is made again, and all goes on.
  disk.capacity = 1 << 30;
  ASSERT_TRUE(ledger->sync());
  EXPECT_EQ(std::filesystem::file_size(test.path("reserve")), test.options.reserve_bytes);
  EXPECT_TRUE(ledger->append(kBig, Priority::kOrdinary));
  ledger.reset();
  const auto verified = verify(test.options.folder).value();
  EXPECT_TRUE(verified.good());
  EXPECT_EQ(verified.size, static_cast<uint64_t>(ordinary + kept + 1));
}

TEST(FullDisk, ItOpensAndKeepsEverything) {
  TestFolder test;
  SmallDisk disk(test.options.folder);
  int total = 0;
  {
    auto ledger = Ledger::open(test.options, test.key, test.clock, disk).value();
    disk.capacity = 150 << 10;
    total = append_until_full(*ledger, Priority::kOrdinary);
    total += append_until_full(*ledger, Priority::kReserve);
  }
  {
    auto ledger = Ledger::open(test.options, test.key, test.clock, disk).value();
    EXPECT_EQ(ledger->size(), static_cast<uint64_t>(total));
    EXPECT_EQ(ledger->append(kBig, Priority::kOrdinary).error().code, "ledger.full");
  }
  const auto verified = verify(test.options.folder).value();
  EXPECT_TRUE(verified.good());
  EXPECT_EQ(verified.size + verified.in_journal, static_cast<uint64_t>(total));
}

TEST(BrokenDisk, AFailedWriteLeavesNothingBehind) {
  TestFolder test;
  BrokenDisk disk;
  {
    auto ledger = Ledger::open(test.options, test.key, test.clock, disk).value();
    ASSERT_TRUE(ledger->append(TestFolder::entry(0), Priority::kOrdinary));
    ASSERT_TRUE(ledger->sync());
    for (const size_t half : {0, 1, 30, 80}) {
      const auto size_before = std::filesystem::file_size(test.path("journal"));
      disk.half_written = half;
      disk.write_fails = true;
      EXPECT_EQ(ledger->append(TestFolder::entry(1), Priority::kReserve).error().code, "ledger.io");
      disk.write_fails = false;
      EXPECT_EQ(std::filesystem::file_size(test.path("journal")), size_before);
    }
    EXPECT_EQ(ledger->append(TestFolder::entry(1), Priority::kOrdinary).value(), 1u);
  }
  test.expect_whole(2);
}

TEST(BrokenDisk, AfterAFailedSyncNothingIsClaimedUntilItIsWrittenAnew) {
  TestFolder test;
  BrokenDisk disk;
  auto ledger = Ledger::open(test.options, test.key, test.clock, disk).value();
  ASSERT_TRUE(ledger->append(TestFolder::entry(0), Priority::kOrdinary));
  ASSERT_TRUE(ledger->sync());
  disk.sync_fails = true;
  ASSERT_TRUE(ledger->append(TestFolder::entry(1), Priority::kOrdinary));
  EXPECT_EQ(ledger->sync().error().code, "ledger.io");
  EXPECT_EQ(ledger->append(TestFolder::entry(2), Priority::kReserve).error().code, "ledger.io");
  EXPECT_EQ(ledger->durable(), 1u);
  // What the old file holds cannot be known, so entry 1 is written again, to a new one.
  const auto old = std::filesystem::hard_link_count(test.path("journal"));
  std::filesystem::create_hard_link(test.path("journal"), test.path("old"));
  disk.sync_fails = false;
  ASSERT_TRUE(ledger->sync());
  EXPECT_EQ(std::filesystem::hard_link_count(test.path("old")), old);
  EXPECT_EQ(ledger->durable(), 2u);
  EXPECT_TRUE(ledger->append(TestFolder::entry(2), Priority::kOrdinary));
  ledger.reset();
  test.expect_whole(3);
}

// Opens, appends, checkpoints, fills a tile, and closes, on a disk with that fault; then again on a
// sound one. All that was taken must be there, in its place. How many calls the disk saw.
uint64_t run_with(const FaultyDisk::Fault& fault) {
  static TestFolder test;
  static const bool filled = (test.fill(254), true);
  EXPECT_TRUE(filled);
  TempFolder temp;
  Ledger::Options options = test.options;
  options.folder = temp / "ledger";
  options.sync_every = Millis{0};
  options.look_every = Millis{1};
  options.reserve_bytes = 8 << 10;
  std::filesystem::copy(test.options.folder, options.folder,
                        std::filesystem::copy_options::recursive);
  FaultyDisk disk(fault);
  std::vector<std::string> taken;
  auto ledger = Ledger::open(options, test.key, test.clock, disk);
  if (ledger) {
    for (uint64_t i = 0; i < 6; ++i) {
      const json::Value entry = json::object({{"taken", i}});
      const auto index = (*ledger)->append_text(json::dump(entry),
                                                i % 2 ? Priority::kReserve : Priority::kOrdinary,
                                                i % 3 ? When::kNow : When::kSoon);
      if (index) {
        EXPECT_EQ(*index, 254 + taken.size());
        taken.push_back("\"taken\":" + std::to_string(i) + "}");
      }
      if (i % 2 == 1) (void)(*ledger)->sync();
    }
    disk.healed = true;  // it goes on without a restart
    for (int tries = 0; tries < 100 && !(*ledger)->sync(); ++tries) {
    }
    const auto index = (*ledger)->append(json::object({{"taken", 6}}), Priority::kOrdinary);
    EXPECT_TRUE(index) << index.error().message;
    taken.push_back("\"taken\":6}");
    ledger->reset();
  }
  QuickDisk sound;
  auto again = Ledger::open(options, test.key, test.clock, sound);
  EXPECT_TRUE(again) << again.error().message;
  if (!again) return 0;
  again->reset();
  const auto verified = verify(options.folder).value();
  EXPECT_TRUE(verified.good()) << verified.damage[0];
  std::vector<std::string> all;
  EXPECT_TRUE(read(options.folder, 0, [&](Index, std::string_view text) {
    all.emplace_back(text);
    return true;
  }));
  EXPECT_EQ(all.size(), 254 + taken.size());
  for (size_t i = 0; i < taken.size() && 254 + i < all.size(); ++i) {
    EXPECT_TRUE(all[254 + i].ends_with(taken[i])) << all[254 + i];
  }
  return disk.calls;
}

class AnyDiskCall : public testing::TestWithParam<int> {};

// Every call of the disk, one after another, fails in every way.
TEST_P(AnyDiskCall, MayFailAndNothingTakenIsLost) {
  using Kind = FaultyDisk::Kind;
  const uint64_t calls = run_with({UINT64_MAX - 1, 0, Kind::kOnce});
  EXPECT_GT(calls, 60u);
  for (const Kind kind : {Kind::kOnce, Kind::kFromThenOn, Kind::kHalfWritten}) {
    for (uint64_t call = 0; call < calls; ++call) {
      run_with({call, GetParam(), kind});
      ASSERT_FALSE(testing::Test::HasFailure())
          << "call " << call << ", errno " << GetParam() << ", way " << static_cast<int>(kind);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, AnyDiskCall, testing::Values(EIO, ENOSPC));

}  // namespace
}  // namespace keystile::ledger
