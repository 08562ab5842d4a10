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

TEST(BrokenDisk, AfterAFailedSyncNothingIsClaimedUntilReopened) {
  TestFolder test;
  BrokenDisk disk;
  auto ledger = Ledger::open(test.options, test.key, test.clock, disk).value();
  ASSERT_TRUE(ledger->append(TestFolder::entry(0), Priority::kOrdinary));
  ASSERT_TRUE(ledger->sync());
  disk.sync_fails = true;
  ASSERT_TRUE(ledger->append(TestFolder::entry(1), Priority::kOrdinary));
  EXPECT_EQ(ledger->sync().error().code, "ledger.io");
  disk.sync_fails = false;  // too late
  EXPECT_EQ(ledger->append(TestFolder::entry(2), Priority::kReserve).error().code, "ledger.io");
  EXPECT_EQ(ledger->sync().error().code, "ledger.io");
  EXPECT_EQ(ledger->durable(), 1u);
  ledger.reset();
  EXPECT_EQ(Ledger::open(test.options, test.key, test.clock, disk).value()->size(), 2u);
}

}  // namespace
}  // namespace keystile::ledger
