// What a writer has taken outlives it, at whichever call of the disk it is killed, also where some
// of them fail, entries wait for the next write, and one text of records is full.
#include <cerrno>
#include <functional>
#include <random>

#include "ledger/test_folder.h"

namespace keystile::ledger {
namespace {

// Fails one call in so many, a write after its first half. Waits for no medium.
class FlakyDisk final : public Disk {
 public:
  explicit FlakyDisk(uint32_t seed) : random_(seed) {}

  int open(const std::string& path, int flags) override {
    return fails() ? -1 : Disk::open(path, flags);
  }
  ssize_t write(int fd, std::string_view bytes) override {
    if (!fails()) return Disk::write(fd, bytes);
    (void)!Disk::write(fd, bytes.substr(0, bytes.size() / 2));
    errno = ENOSPC;
    return -1;
  }
  int sync(int) override { return fails() ? -1 : 0; }
  int truncate(int fd, uint64_t bytes) override { return fails() ? -1 : Disk::truncate(fd, bytes); }
  int rename(const std::string& from, const std::string& to) override {
    return fails() ? -1 : Disk::rename(from, to);
  }
  int remove(const std::string& path) override { return fails() ? -1 : Disk::remove(path); }

  std::function<void()> before_call = [] {};
  std::atomic<bool> healed{true};

 private:
  bool fails() {
    before_call();
    errno = EIO;
    const std::lock_guard guard(mutex_);
    return !healed && random_() % 20 == 0;
  }
  std::mutex mutex_;
  std::mt19937 random_;
};

class Killed : public testing::TestWithParam<uint32_t> {
 protected:
  Killed() : random_(GetParam()), disk_(GetParam()) {
    constexpr Millis kWhenAskedTo{600'000};  // so the thread works while this one waits for it
    test_.options.look_every = test_.options.sync_every = kWhenAskedTo;
    test_.options.reserve_bytes = 1 << 10;
    ledger_ = Ledger::open(test_.options, test_.key, test_.clock, disk_).value();
    disk_.before_call = [this] {
      if (random_() % 8 == 0) expect_kept();
      if (random_() % 64 == 0) expect_start();
    };
    disk_.healed = false;
  }

  void append() {
    constexpr size_t kSizes[] = {1, 300, 3000, 30'000, 65'000};
    const When when = random_() % 2 ? When::kNow : When::kSoon;
    const Priority priority = random_() % 2 ? Priority::kReserve : Priority::kOrdinary;
    const std::string body(random_() % kSizes[random_() % 5], 'x');
    const std::string text = json::dump(json::object({{"number", taken_.size()}, {"body", body}}));
    const auto index = ledger_->append_text(text, priority, when);
    if (!index) {
      ++refused_;
      return;
    }
    EXPECT_EQ(*index, taken_.size());
    taken_.push_back(text.substr(1));
    if (when == When::kNow) kept_ = taken_.size();
  }

  // All that is kept, and nothing that was not taken.
  void expect_kept_in(const std::string& folder) {
    std::vector<std::string> found;
    const Status status = read(folder, 0, [&](Index, std::string_view text) {
      found.emplace_back(text);
      return true;
    });
    ASSERT_TRUE(status) << status.error().message;
    ASSERT_GE(found.size(), kept_);
    ASSERT_LE(found.size(), taken_.size());
    for (size_t i = 0; i < found.size(); ++i) ASSERT_TRUE(found[i].ends_with(taken_[i])) << i;
  }
  void expect_kept() { expect_kept_in(test_.options.folder); }

  // After a kill right now.
  void expect_start() {
    const TempFolder temp;
    Ledger::Options options = test_.options;
    options.folder = temp / "ledger";
    std::filesystem::copy(test_.options.folder, options.folder,
                          std::filesystem::copy_options::recursive);
    FlakyDisk sound(0);
    auto started = Ledger::open(options, test_.key, test_.clock, sound);
    ASSERT_TRUE(started) << started.error().message;
    started->reset();
    EXPECT_TRUE(verify(options.folder)->good());
    expect_kept_in(options.folder);
  }

  std::mt19937 random_;
  TestFolder test_;
  FlakyDisk disk_;
  std::unique_ptr<Ledger> ledger_;
  std::vector<std::string> taken_;
  size_t kept_ = 0;  // so many of these are with the kernel at least
  int refused_ = 0;
};

TEST_P(Killed, LosesNothingThatItHasTakenForNow) {
  for (int i = 0; i < 200; ++i) {
    append();
    if (random_() % 30 == 0 || !ledger_->condition()) (void)ledger_->sync();
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(refused_, 0);
  EXPECT_GT(taken_.size(), 100u);
  disk_.healed = true;
  for (int tries = 0; tries < 10 && !ledger_->sync(); ++tries) {
  }
  append();
  kept_ = taken_.size();
  ledger_.reset();
  expect_kept();
  test_.expect_whole(taken_.size());
}

INSTANTIATE_TEST_SUITE_P(Ledger, Killed, testing::Range(0u, 6u));

}  // namespace
}  // namespace keystile::ledger
