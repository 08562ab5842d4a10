#include "ledger/writer.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace keystile::ledger {
namespace {

constexpr uint64_t kRotateBytes = 4 << 20;  // whoever follows reads it whole
constexpr uint64_t kRotateGain = 8;         // a journal so many times as long as what stays in it
constexpr int kSyncsPerLook = 5;
constexpr int kSyncsPerCheckpoint = 10;  // it costs a handful of new files
constexpr Index kEntriesPerTurn = 16;    // then the processor is offered to whoever waits for it
constexpr size_t kMostWaiting = 64 * 1024;
constexpr size_t kBatchBytes = 256 << 10;  // of a text that records are gathered in
constexpr size_t kRecordBytes = 256;       // of a record, beside the caller's text: at most
constexpr size_t kSpares = 64;
constexpr size_t kFilesAtOnce = 16;  // synced together, between two syncs of the journal

}  // namespace

Writer::Writer(Options options, const crypto::SigningKey& key, NoteKey name, const Clock& clock,
               Disk& disk)
    : options_(std::move(options)),
      key_(key),
      name_(std::move(name)),
      clock_(clock),
      disk_(disk),
      folder_(options_.folder),
      reserve_path_(folder_.path_to("reserve")),
      journal_path_(folder_.path_to("journal")),
      watch_(folder_) {}

Writer::~Writer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(mutex_);
    stop_ = true;
  }
  work_.notify_one();
  thread_.join();
}

Result<Index> Ledger::append(const json::Value& entry, Priority priority,
                             std::optional<WallTime> time) {
  if (!entry.if_object() || entry.find("index") || entry.find("time")) {
    return fail("ledger.entry", "an entry must be a JSON object without \"index\" and \"time\"");
  }
  return append_text(json::dump(entry), priority, When::kNow, time);
}

Result<Index> Writer::append_text(std::string_view entry, Priority priority, When when,
                                  std::optional<WallTime> time) {
  const std::lock_guard guard(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  KS_CHECK(takes(priority));
  const WallTime now = clock_.wall();
  KS_CHECK(make_room(entry.size(), priority));
  std::string& frames = incoming_.back().frames;
  const size_t before = frames.size();
  KS_CHECK(append_record(size_, time.value_or(now), entry, &frames));
  if (when == When::kNow || frames.size() - written_ > kMostWaiting) {
    if (const Status wrote = write_waiting(priority); !wrote) {
      frames.resize(before);
      return tl::unexpected<Error>(wrote.error());
    }
  }
  incoming_.back().end = size_ + 1;
  const bool thread_sleeps = idle();
  if (size_ == synced_) unsynced_since_ = now;
  if (thread_sleeps) work_.notify_one();
  return size_++;
}

// A text that is full is not made longer: to move it would take longer than a request may wait. Nor
// is its memory given back: to get it anew takes the kernel longer than to write into it.
Status Writer::make_room(size_t entry_bytes, Priority priority) {
  if (!incoming_.empty()) {
    const std::string& frames = incoming_.back().frames;
    const size_t needed = frames.size() + entry_bytes + kRecordBytes;
    if (frames.empty() || needed <= kBatchBytes) return {};
    KS_CHECK(write_waiting(priority));
  }
  std::string frames;
  if (!spare_.empty()) {
    frames = std::move(spare_.back());
    spare_.pop_back();
  }
  frames.reserve(kBatchBytes);
  incoming_.push_back({size_, std::move(frames)});
  written_ = 0;
  return {};
}

// Those of the size that make_room() makes; the rest goes when the caller has let go of the lock.
void Writer::keep_spares(std::vector<std::string>* emptied) {
  for (std::string& frames : *emptied) {
    if (frames.capacity() / kBatchBytes != 1 || spare_.size() == kSpares) continue;
    frames.clear();
    spare_.push_back(std::move(frames));
  }
}

Status Writer::takes(Priority priority) const {
  if (priority == Priority::kReserve) return {};
  const bool goes_on =
      priority == Priority::kRead && trouble_ && trouble_->code == "ledger.damaged";
  if (trouble_ && !goes_on) return tl::unexpected<Error>(*trouble_);
  if (reserve_held_) return {};
  return fail("ledger.full",
              fmt::format("the disk of {} is full; what is left is kept for cancels and outcomes;"
                          " make space",
                          options_.folder),
              ErrorClass::kRetryable);
}

Status Writer::condition() const {
  const std::lock_guard guard(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  return takes(Priority::kOrdinary);
}

Status Writer::write_waiting(Priority priority) {
  const Status wrote = try_to_write();
  if (wrote || wrote.error().code != "ledger.full" || priority != Priority::kReserve ||
      !reserve_held_ || broken_) {
    return wrote;
  }
  give_reserve();
  return try_to_write();
}

// Nothing of it stays behind when it fails.
Status Writer::try_to_write() {
  if (incoming_.empty()) return {};
  const std::string_view waiting = std::string_view(incoming_.back().frames).substr(written_);
  Status wrote = write_all(disk_, journal_, waiting, journal_path_);
  if (wrote) {
    journal_bytes_ += waiting.size();
    written_ += waiting.size();
    return {};
  }
  if (is_whole(journal_, journal_bytes_)) return wrote;
  if (disk_.truncate(journal_.fd(), journal_bytes_) == 0) return wrote;
  return break_journal({"ledger.io",
                        "half a record stands in " + journal_path_ +
                            "; a new one is "
                            "written from memory as soon as the disk lets it",
                        ErrorClass::kRetryable});
}

Status Writer::break_journal(Error why) {
  spoilt_ = true;
  broken_ = std::move(why);
  return tl::unexpected<Error>(*broken_);
}

void Writer::give_reserve() {
  disk_.remove(reserve_path_);
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

Progress Writer::progress() const {
  const std::lock_guard guard(mutex_);
  Progress progress{size_, synced_, covered_, {}, last_checkpoint_};
  if (size_ > synced_) progress.waiting_since = unsynced_since_;
  return progress;
}

Status Writer::sync() {
  std::unique_lock guard(mutex_);
  const Index target = size_;
  const uint64_t ticket = ++asked_;
  work_.notify_one();
  done_.wait(guard, [&] { return served_ >= ticket; });
  if (covered_ >= target) return {};
  if (broken_) return tl::unexpected<Error>(*broken_);
  if (trouble_) return tl::unexpected<Error>(*trouble_);
  KS_CHECK(folded_);
  return fail("ledger.full", "the disk is full: no checkpoint can be written until there is space",
              ErrorClass::kRetryable);
}

// Nothing to do but to look at the files now and then.
bool Writer::idle() const {
  if (broken_ || trouble_) return broken_ || synced_ == size_;
  return covered_ == size_ && reserve_held_;
}

void Writer::run() {
  std::unique_lock guard(mutex_);
  const auto hurried = [this] { return stop_ || asked_ > served_; };
  for (int rounds = 1;; ++rounds) {
    const bool work =
        work_.wait_for(guard, options_.look_every, [&] { return hurried() || !idle(); });
    // Half of the time is for gathering entries, the other half for the fsync itself.
    if (work) work_.wait_for(guard, options_.sync_every / 2, hurried);
    const bool last = stop_;
    const bool hurry = !work || hurried();
    const Depth depth = hurry || rounds % kSyncsPerCheckpoint == 0 ? Depth::kCheckpoint
                        : rounds % kSyncsPerLook == 0              ? Depth::kLook
                                                                   : Depth::kSync;
    const uint64_t serving = asked_;
    guard.unlock();
    round(depth);
    guard.lock();
    served_ = serving;
    done_.notify_all();
    if (last) return;
  }
}

// What fails is tried again in a later round. A full disk is no trouble yet: the journal goes on
// where it can, and ordinary entries end with the reserve.
void Writer::round(Depth depth) {
  const auto unless_full = [](const Status& status) {
    const bool bad = !status && status.error().code != "ledger.full";
    return bad ? std::optional(status.error()) : std::nullopt;
  };
  const Status kept = keep_journal();
  {
    const std::lock_guard guard(mutex_);
    if (!kept) broken_ = kept.error();
    if (kept && !spoilt_) broken_.reset();
  }
  if (!kept || (depth == Depth::kSync && !abandoned_)) return;
  Status done = look();
  const auto damage = unless_full(done);
  // Not with the disk so full that the reserve is in use: that space is for the journal.
  if (done) done = make_reserve();
  if (done && (depth == Depth::kCheckpoint || abandoned_)) {
    done = fold();
    if (done) done = rotate();
  }
  const std::lock_guard guard(mutex_);
  folded_ = done;
  trouble_ = damage ? damage : unless_full(done);
}

Status Writer::flush() {
  const WallTime began = clock_.wall();
  std::vector<Batch> taken;
  Index target = 0;
  {
    const std::lock_guard guard(mutex_);
    if (Status wrote = write_waiting(Priority::kReserve); !wrote)
      return break_journal(std::move(wrote.error()));
    if (synced_ == size_) return {};
    taken.swap(incoming_);
    target = size_;
  }
  std::vector<std::string> emptied;
  for (Batch& batch : taken) {
    // While nothing can be folded, for hours perhaps, each sync would keep a text nearly empty.
    if (batch.frames.size() < kBatchBytes / 2)
      emptied.push_back(std::exchange(batch.frames, std::string(batch.frames)));
    unfolded_.push_back(std::move(batch));
  }
  Status done = sync_file(disk_, journal_, journal_path_);
  const std::lock_guard guard(mutex_);
  keep_spares(&emptied);
  // The kernel tells such a failure once, and may have dropped what it could not write.
  if (!done) return break_journal(std::move(done.error()));
  synced_ = target;
  unsynced_since_ = began;  // what came during the fsync, at the earliest
  return {};
}

// Writes what is synced into tiles and bundles, then the checkpoint, each on disk before the next.
Status Writer::fold() {
  if (unfolded_.empty()) return {};
  const Index target = synced_;  // only this thread changes it
  Frontier next = frontier_;
  KS_CHECK(write_tiles(target, &next));
  const Checkpoint checkpoint{options_.origin, next.size(), next.root()};
  KS_TRY(const std::string note, sign_note(checkpoint.text(), name_, key_));
  KS_CHECK(put_checkpoint(note));
  remove_beginnings(next.size());
  frontier_ = std::move(next);
  std::vector<std::string> emptied;
  for (; !unfolded_.empty() && unfolded_.front().end <= target; unfolded_.pop_front()) {
    emptied.push_back(std::move(unfolded_.front().frames));
  }
  const WallTime now = clock_.wall();
  const std::lock_guard guard(mutex_);
  keep_spares(&emptied);
  covered_ = target;
  last_checkpoint_ = now;
  return {};
}

// A few files at a time, so that neither the journal waits for all of them nor memory holds them.
Status Writer::write_tiles(Index target, Frontier* next) {
  std::vector<TileFile> files;
  for (size_t i = 0; i < unfolded_.size() && unfolded_[i].end <= target; ++i) {
    std::string_view frames = unfolded_[i].frames;
    while (const auto record = take_record(&frames)) {
      next->add(record->entry, record->leaf, &files);
      if (files.size() >= kFilesAtOnce) {
        KS_CHECK(write_files(files));
        files.clear();
      }
      if (record->index % kEntriesPerTurn == 0) std::this_thread::yield();
    }
  }
  for (TileFile& file : next->partial()) {
    const Tile& tile = file.tile;
    const bool stands = full_tiles(tile.level, frontier_.size()) == tile.index &&
                        partial_width(tile.level, frontier_.size()) == tile.width;
    if (!stands) files.push_back(std::move(file));
  }
  return write_files(files);
}

Status Writer::write_files(const std::vector<TileFile>& files) {
  std::vector<NewFile> batch;
  for (const TileFile& file : files)
    batch.push_back({folder_.path_to(path_of(file.tile)), file.bytes});
  KS_CHECK(replace_files(disk_, batch));
  KS_CHECK(flush());  // adds to unfolded_, at its end
  std::this_thread::yield();
  return {};
}

// A full tile replaces those that it grew from.
void Writer::remove_beginnings(Index size) const {
  for (int level = Tile::kEntries; level <= kMaxTileLevel; ++level) {
    const Tile begun{level, full_tiles(level, frontier_.size()),
                     partial_width(level, frontier_.size())};
    if (begun.width == 0 || full_tiles(level, size) == begun.index) continue;
    std::error_code ignored;
    std::filesystem::remove_all(folder_.path_to(path_of({level, begun.index}) + ".p"), ignored);
  }
}

Status Writer::put_checkpoint(const std::string& note) {
  tried_checkpoint_ = note;
  KS_CHECK(replace_file(disk_, folder_.path_to("checkpoint"), note));
  checkpoint_ = note;
  return {};
}

// Replaces a long journal by one of only the entries that no checkpoint covers, once these are a
// small part of it: under load each checkpoint leaves many.
Status Writer::rotate() {
  uint64_t rest = 0;
  for (const Batch& batch : unfolded_) rest += batch.frames.size();
  {
    const std::lock_guard guard(mutex_);
    const bool long_enough = journal_bytes_ >= kRotateBytes && journal_bytes_ / kRotateGain >= rest;
    if (journal_bytes_ == 0 || (!long_enough && !stop_)) return {};
  }
  return replace_journal(journal_path_);
}

// Writes what no checkpoint covers into a new file of that name, and goes on in it.
Status Writer::replace_journal(const std::string& target) {
  const std::string path = target + ".tmp";
  disk_.remove(path);
  const Status replaced = write_journal(path, target);
  if (!replaced) disk_.remove(path);  // it may stand in the way on a full disk
  return replaced;
}

Status Writer::write_journal(const std::string& path, const std::string& target) {
  KS_TRY(File file, open_file(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND, disk_));
  uint64_t bytes = 0;
  for (const Batch& batch : unfolded_) {
    KS_CHECK(write_all(disk_, file, batch.frames, path));
    bytes += batch.frames.size();
  }
  KS_CHECK(sync_file(disk_, file, path));
  {
    const std::lock_guard guard(mutex_);
    for (const Batch& batch : incoming_) {  // came meanwhile; on disk in neither file
      KS_CHECK(write_all(disk_, file, batch.frames, path));
      bytes += batch.frames.size();
    }
    if (disk_.rename(path, target) != 0) {
      return fail("ledger.io", "cannot rename " + path, ErrorClass::kRetryable);
    }
    if (target != journal_path_) {  // a rescue: the old one may be put back
      abandoned_.emplace(std::move(journal_));
      abandoned_bytes_ = journal_bytes_;
    }
    journal_ = std::move(file);
    journal_path_ = target;
    if (!incoming_.empty()) written_ = incoming_.back().frames.size();
    journal_bytes_ = bytes;
  }
  return sync_folder(disk_, options_.folder);
}

Status Writer::make_reserve() {
  {
    const std::lock_guard guard(mutex_);
    std::error_code gone;  // somebody may have taken it for waste
    if (reserve_held_ && std::filesystem::file_size(reserve_path_, gone) == options_.reserve_bytes)
      return {};
  }
  const auto allocate = [this]() -> Status {
    KS_TRY(const File file, open_file(reserve_path_, O_RDWR | O_CREAT, disk_));
    if (disk_.allocate(file.fd(), options_.reserve_bytes) != 0) {
      return fail("ledger.full", "no space for " + reserve_path_, ErrorClass::kRetryable);
    }
    return sync_file(disk_, file, reserve_path_);
  };
  const Status made = allocate();
  if (!made) disk_.remove(reserve_path_);
  const std::lock_guard guard(mutex_);
  reserve_held_ = made.has_value();
  return made;
}

}  // namespace keystile::ledger
