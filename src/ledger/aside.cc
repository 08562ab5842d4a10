#include "ledger/aside.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <filesystem>

#include "base/encoding.h"
#include "ledger/journal.h"
#include "ledger/watch.h"

namespace keystile::ledger {
namespace {

constexpr size_t kMark = 89;  // a newline, and the base64 of a signature

// Told apart from all else that the ledger's key signs: no checkpoint begins so.
std::string to_sign(const std::string& origin, std::string_view text) {
  return fmt::format("keystile.aside/v1\n{}\n{}", origin, text);
}

}  // namespace

Status read_aside(const Folder& folder, const NoteKey& key, AsideFile* out) {
  const std::string path = folder.path_to(kAside);
  if (!exists(path) && !std::filesystem::is_symlink(path)) {
    return fail("ledger.missing", "nothing was recorded aside");
  }
  const auto strange = [&] {
    return fail("ledger.corrupt", path + " holds what this ledger's key has not signed");
  };
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path))) return strange();
  KS_TRY(out->bytes, read_file(path));
  KS_TRY(const Journal journal, scan_journal(out->bytes));
  if (journal.records.empty() && !out->bytes.empty()) return strange();
  out->whole_bytes = journal.whole_bytes;
  for (const Record& record : journal.records) {
    if (record.entry.size() < kMark) return strange();
    const std::string_view text = record.entry.substr(0, record.entry.size() - kMark);
    const auto signature = base64_decode(record.entry.substr(text.size() + 1));
    if (!signature || !is_signed(to_sign(key.name, text), *signature, key)) return strange();
    out->records.push_back({record.index, leaf_hash(text), text});
  }
  return {};
}

Aside::Aside(const Options& options, const crypto::SigningKey& key, NoteKey name,
             const Clock& clock, Disk& disk, File lock, Audit audit)
    : folder_(options.folder),
      path_(folder_.path_to(kAside)),
      key_(key),
      name_(std::move(name)),
      clock_(clock),
      disk_(disk),
      lock_(std::move(lock)),
      audit_(std::move(audit)),
      size_(audit_.end),
      synced_(audit_.end) {}

Status Aside::start() {
  if (audit_.strange_aside) {
    KS_CHECK(put_away());
  }
  AsideFile before;
  const Status read = read_aside(folder_, name_, &before);
  if (!read && read.error().code != "ledger.missing") return read;
  KS_TRY(file_, open_file(path_, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, disk_));
  bytes_ = before.whole_bytes;
  if (bytes_ != before.bytes.size() && disk_.truncate(file_.fd(), bytes_) != 0) {
    return fail("ledger.io", "cannot cut the torn record off " + path_, ErrorClass::kFatal);
  }
  KS_CHECK(sync_file(disk_, file_, path_));
  return sync_folder(disk_, folder_.path());
}

// Evidence, and perhaps records that were changed: kept under a name of its own.
Status Aside::put_away() {
  std::string name = folder_.path_to(kFoundAside);
  for (int number = 1; exists(name); ++number) {
    name = fmt::format("{}.{}", folder_.path_to(kFoundAside), number);
  }
  return rename_file(disk_, path_, name);
}

Result<Index> Aside::append_text(std::string_view entry, Priority priority, When when,
                                 std::optional<WallTime> time) {
  if (priority == Priority::kOrdinary) return tl::unexpected<Error>(condition().error());
  KS_CHECK(in_place(file_, path_, bytes_));
  KS_TRY(const std::string text, entry_text(size_, time.value_or(clock_.wall()), entry));
  KS_TRY(const std::string signature, key_.sign(to_sign(name_.name, text)));
  const std::string marked = text + "\n" + base64_encode(signature);
  if (marked.size() > kMaxEntryBytes) return fail("ledger.entry", "the entry is too large");
  const std::string record = frame({size_, leaf_hash(marked), marked});
  KS_CHECK(write(record, priority));
  if (priority == Priority::kReserve && when == When::kNow) {
    if (const Status synced = sync_file(disk_, file_, path_); !synced) {
      (void)disk_.truncate(file_.fd(), bytes_);  // where it cannot, in_place() ends it
      return tl::unexpected<Error>(synced.error());
    }
    synced_ = size_ + 1;
  }
  bytes_ += record.size();
  return size_++;
}

// Nothing of it stays behind when it fails, or in_place() lets nothing more pass.
Status Aside::write(const std::string& record, Priority priority) {
  const bool is_kept = priority == Priority::kReserve;
  if (reserve_given_ && !is_kept) {
    return fail("ledger.full", "the disk is full; what is left is for cancels and outcomes",
                ErrorClass::kRetryable);
  }
  Status wrote = write_all(disk_, file_, record, path_);
  if (!wrote) (void)disk_.truncate(file_.fd(), bytes_);
  if (wrote || wrote.error().code != "ledger.full" || !is_kept) return wrote;
  disk_.remove(folder_.path_to("reserve"));
  reserve_given_ = true;
  wrote = write_all(disk_, file_, record, path_);
  if (!wrote) (void)disk_.truncate(file_.fd(), bytes_);
  return wrote;
}

Status Aside::sync() {
  KS_CHECK(in_place(file_, path_, bytes_));
  KS_CHECK(sync_file(disk_, file_, path_));
  synced_ = size_;
  return {};
}

// It names no path outside of the ledger's folder: programs are told this.
Status Aside::condition() const {
  const size_t more = audit_.damage.size() - 1;
  return fail("ledger.damaged",
              fmt::format("the ledger is damaged: {}{}. Until it is put back from a copy and the "
                          "gate is started again, only reads, cancels and orders that just reduce "
                          "go on; `keystile ledger fsck` tells more",
                          to_string(audit_.damage.front()),
                          more > 0 ? fmt::format(" (and {} more)", more) : ""),
              ErrorClass::kFatal);
}

Status Aside::mend() {
  return fail("ledger.damaged",
              "the ledger was damaged before the gate was started, so nothing of it is in memory: "
              "put back from a copy what `keystile ledger fsck` names, and start the gate again");
}

Progress Aside::progress() const { return {size_, synced_, audit_.covered, {}, {}}; }

// Whoever ends this process in between finds the same records in both, which is none the worse.
Status take_aside(const Folder& folder, const NoteKey& key, Disk& disk, const Audit& audit) {
  const std::string path = folder.path_to(kAside);
  if (!exists(path)) return {};
  if (audit.end > audit.size) {
    const std::string journal =
        folder.path_to(exists(folder.path_to(kRescue)) ? kRescue : "journal");
    JournalFile stands;
    KS_CHECK(folder.journal(&stands));
    AsideFile aside;
    KS_CHECK(read_aside(folder, key, &aside));
    // An older copy may end before what the checkpoint covers: those stand in tiles.
    std::string bytes;
    for (const Record& record : stands.journal.records) {
      if (record.index >= audit.covered) append_frame(record, &bytes);
    }
    for (const Record& record : aside.records) {
      if (record.index >= audit.size) append_frame(record, &bytes);
    }
    KS_CHECK(replace_file(disk, journal, bytes));
  }
  if (disk.remove(path) != 0) {
    return fail("ledger.io", "cannot remove " + path, ErrorClass::kRetryable);
  }
  return sync_folder(disk, folder.path());
}

}  // namespace keystile::ledger
