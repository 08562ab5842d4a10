#include "ledger/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace keystile::ledger {
namespace {

constexpr uint64_t kRotateBytes = 1 << 20;
constexpr int kSyncsPerCheckpoint = 5;

// "index" and "time" come first, then the caller's members.
Result<std::string> entry_text(Index index, WallTime time, const json::Value& entry) {
  if (!entry.if_object() || entry.find("index") || entry.find("time")) {
    return fail("ledger.entry", "an entry must be a JSON object without \"index\" and \"time\"");
  }
  const std::string body = json::dump(entry);
  std::string text = fmt::format("{{\"index\":{},\"time\":\"{}\"{}{}", index, iso8601(time),
                                 body.size() > 2 ? "," : "", std::string_view(body).substr(1));
  if (text.size() > kMaxEntryBytes) {
    return fail("ledger.entry", fmt::format("an entry of {} bytes is too large; the most is {}",
                                            text.size(), kMaxEntryBytes));
  }
  return text;
}

}  // namespace

Writer::Writer(Options options, const crypto::SigningKey& key, NoteKey name, const Clock& clock,
               Disk& disk)
    : options_(std::move(options)),
      key_(key),
      name_(std::move(name)),
      clock_(clock),
      disk_(disk),
      folder_(options_.folder),
      journal_path_(folder_.path_to("journal")),
      reserve_path_(folder_.path_to("reserve")) {}

Writer::~Writer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(mutex_);
    stop_ = true;
  }
  work_.notify_one();
  thread_.join();
}

Result<Index> Writer::append(const json::Value& entry, Priority priority) {
  const std::lock_guard guard(mutex_);
  if (failed_) return tl::unexpected<Error>(*failed_);
  if (priority == Priority::kOrdinary && !reserve_held_) {
    return fail("ledger.full",
                fmt::format("the disk of {} is full; what is left is kept for cancels and outcomes;"
                            " make space",
                            options_.folder),
                ErrorClass::kRetryable);
  }
  KS_TRY(std::string text, entry_text(size_, clock_.wall(), entry));
  const Hash leaf = leaf_hash(text);
  const std::string bytes = frame({size_, leaf, text});
  Status wrote = write_frame(bytes);
  if (!wrote && wrote.error().code == "ledger.full" && priority == Priority::kReserve &&
      reserve_held_ && !failed_) {
    give_reserve();
    wrote = write_frame(bytes);
  }
  KS_CHECK(wrote);
  const bool thread_sleeps = idle();
  journal_bytes_ += bytes.size();
  incoming_.push_back({size_, leaf, std::move(text)});
  if (thread_sleeps) work_.notify_one();
  return size_++;
}

// Nothing of it stays behind when it fails.
Status Writer::write_frame(const std::string& bytes) {
  Status wrote = write_all(disk_, journal_, bytes, journal_path_);
  if (!wrote && ::ftruncate(journal_.fd(), static_cast<off_t>(journal_bytes_)) != 0) {
    failed_ = Error{"ledger.io", "half a record stands in " + journal_path_ + "; open it anew",
                    ErrorClass::kFatal};
  }
  return wrote;
}

void Writer::give_reserve() {
  ::unlink(reserve_path_.c_str());
  reserve_held_ = false;
  work_.notify_one();
}

Index Writer::durable() const {
  const std::lock_guard guard(mutex_);
  return synced_;
}

Index Writer::size() const {
  const std::lock_guard guard(mutex_);
  return size_;
}

Status Writer::sync() {
  std::unique_lock guard(mutex_);
  const Index target = size_;
  const uint64_t ticket = ++asked_;
  work_.notify_one();
  done_.wait(guard, [&] { return served_ >= ticket; });
  if (covered_ >= target) return {};
  if (failed_) return tl::unexpected<Error>(*failed_);
  KS_CHECK(folded_);
  return fail("ledger.full", "the disk is full: no checkpoint can be written until there is space",
              ErrorClass::kRetryable);
}

bool Writer::idle() const {
  return failed_ || (incoming_.empty() && unfolded_.empty() && reserve_held_);
}

void Writer::take_incoming() {
  std::move(incoming_.begin(), incoming_.end(), std::back_inserter(unfolded_));
  incoming_.clear();
}

void Writer::run() {
  std::unique_lock guard(mutex_);
  const auto hurried = [this] { return stop_ || asked_ > served_; };
  for (int rounds = 1;; ++rounds) {
    work_.wait(guard, [&] { return hurried() || !idle(); });
    // Half of the time is for gathering entries, the other half for the fsync itself.
    work_.wait_for(guard, options_.sync_every / 2, hurried);
    const bool last = stop_;
    const bool fold_now = hurried() || rounds % kSyncsPerCheckpoint == 0;
    const uint64_t serving = asked_;
    guard.unlock();
    round(fold_now);
    guard.lock();
    served_ = serving;
    done_.notify_all();
    if (last) return;
  }
}

void Writer::round(bool fold_now) {
  Status done = flush();
  if (done && fold_now) {
    // Not with the disk so full that the reserve is in use: that space is for the journal.
    done = make_reserve();
    if (done) done = fold();
    if (done) done = rotate();
    const std::lock_guard guard(mutex_);
    folded_ = done;
  }
  if (!done) note_failure(done.error());
}

// A full disk may be emptied; but what a failed fsync has dropped cannot be known.
void Writer::note_failure(const Error& error) {
  const std::lock_guard guard(mutex_);
  if (error.code != "ledger.full" && !failed_) failed_ = error;
}

Status Writer::flush() {
  Index target = 0;
  {
    const std::lock_guard guard(mutex_);
    if (failed_) return tl::unexpected<Error>(*failed_);
    take_incoming();
    target = size_;
    if (synced_ == target) return {};
  }
  KS_CHECK(sync_file(disk_, journal_, journal_path_));
  const std::lock_guard guard(mutex_);
  synced_ = target;
  return {};
}

// Writes what is synced into tiles and bundles, then the checkpoint, each on disk before the next.
Status Writer::fold() {
  if (unfolded_.empty()) return {};
  const Index target = synced_;  // only this thread changes it
  Frontier next = frontier_;
  std::vector<TileFile> files;
  for (const Pending& pending : unfolded_) {
    if (pending.index == target) break;
    next.add(pending.entry, pending.leaf, &files);
  }
  const size_t finished = files.size();
  for (TileFile& file : next.partial()) {
    const Tile& tile = file.tile;
    const bool stands = full_tiles(tile.level, frontier_.size()) == tile.index &&
                        partial_width(tile.level, frontier_.size()) == tile.width;
    if (!stands) files.push_back(std::move(file));
  }
  for (const TileFile& file : files) {
    KS_CHECK(replace_file(disk_, folder_.path_to(path_of(file.tile)), file.bytes));
    KS_CHECK(flush());  // the journal must not wait for all of this
  }
  const Checkpoint checkpoint{options_.origin, next.size(), next.root()};
  KS_TRY(const std::string note, sign_note(checkpoint.text(), name_, key_));
  KS_CHECK(replace_file(disk_, folder_.path_to("checkpoint"), note));
  for (size_t i = 0; i < finished; ++i) {  // the full tile replaces its beginnings
    std::error_code ignored;
    std::filesystem::remove_all(folder_.path_to(path_of(files[i].tile) + ".p"), ignored);
  }
  frontier_ = std::move(next);
  while (!unfolded_.empty() && unfolded_.front().index < target) unfolded_.pop_front();
  const std::lock_guard guard(mutex_);
  covered_ = target;
  return {};
}

// Replaces a long journal by one of only the entries that no checkpoint covers.
Status Writer::rotate() {
  {
    const std::lock_guard guard(mutex_);
    if (journal_bytes_ == 0 || (journal_bytes_ < kRotateBytes && !stop_)) return {};
  }
  const std::string path = journal_path_ + ".tmp";
  ::unlink(path.c_str());
  const Status replaced = replace_journal(path);
  if (!replaced) ::unlink(path.c_str());  // it may stand in the way on a full disk
  return replaced;
}

Status Writer::replace_journal(const std::string& path) {
  KS_TRY(File file, open_file(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND));
  const auto frames = [](const auto& entries) {
    std::string bytes;
    for (const Pending& pending : entries) {
      bytes += frame({pending.index, pending.leaf, pending.entry});
    }
    return bytes;
  };
  const std::string synced = frames(unfolded_);
  KS_CHECK(write_all(disk_, file, synced, path));
  KS_CHECK(sync_file(disk_, file, path));
  {
    const std::lock_guard guard(mutex_);
    const std::string rest = frames(incoming_);  // came meanwhile; on disk in neither file
    KS_CHECK(write_all(disk_, file, rest, path));
    if (::rename(path.c_str(), journal_path_.c_str()) != 0) {
      return fail("ledger.io", "cannot rename " + path, ErrorClass::kFatal);
    }
    journal_ = std::move(file);
    journal_bytes_ = synced.size() + rest.size();
  }
  return sync_folder(disk_, options_.folder);
}

Status Writer::make_reserve() {
  {
    const std::lock_guard guard(mutex_);
    if (reserve_held_) return {};
  }
  const auto allocate = [this]() -> Status {
    KS_TRY(const File file, open_file(reserve_path_, O_RDWR | O_CREAT));
    if (disk_.allocate(file.fd(), options_.reserve_bytes) != 0) {
      return fail("ledger.full", "no space for " + reserve_path_, ErrorClass::kRetryable);
    }
    return sync_file(disk_, file, reserve_path_);
  };
  if (Status made = allocate(); !made) {
    ::unlink(reserve_path_.c_str());
    return made;
  }
  const std::lock_guard guard(mutex_);
  reserve_held_ = true;
  return {};
}

}  // namespace keystile::ledger
