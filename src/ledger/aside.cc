#include "ledger/aside.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "ledger/journal.h"
#include "ledger/watch.h"

namespace keystile::ledger {

Aside::Aside(const Options& options, const Clock& clock, Disk& disk, File lock, Audit audit)
    : folder_(options.folder),
      path_(folder_.path_to(kAside)),
      clock_(clock),
      disk_(disk),
      lock_(std::move(lock)),
      audit_(std::move(audit)),
      size_(audit_.end),
      synced_(audit_.end) {}

Status Aside::start() {
  KS_TRY(file_, open_file(path_, O_RDWR | O_CREAT | O_APPEND, disk_));
  KS_TRY(const std::string text, read_file(path_));
  KS_TRY(const Journal journal, scan_journal(text));
  bytes_ = journal.whole_bytes;
  if (bytes_ != text.size() && disk_.truncate(file_.fd(), bytes_) != 0) {
    return fail("ledger.io", "cannot cut the torn record off " + path_, ErrorClass::kFatal);
  }
  KS_CHECK(sync_file(disk_, file_, path_));
  return sync_folder(disk_, folder_.path());
}

Result<Index> Aside::append_text(std::string_view entry, Priority priority, When when,
                                 std::optional<WallTime> time) {
  if (priority == Priority::kOrdinary) return tl::unexpected<Error>(condition().error());
  KS_CHECK(in_place(file_, path_, bytes_));
  KS_TRY(const std::string text, entry_text(size_, time.value_or(clock_.wall()), entry));
  const std::string record = frame({size_, leaf_hash(text), text});
  KS_CHECK(write(record));
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
Status Aside::write(const std::string& record) {
  Status wrote = write_all(disk_, file_, record, path_);
  if (!wrote) (void)disk_.truncate(file_.fd(), bytes_);
  if (wrote || wrote.error().code != "ledger.full") return wrote;
  disk_.remove(folder_.path_to("reserve"));
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
Status take_aside(const Folder& folder, Disk& disk, const Audit& audit) {
  const std::string path = folder.path_to(kAside);
  if (!exists(path)) return {};
  if (audit.end > audit.size) {
    const std::string journal =
        folder.path_to(exists(folder.path_to(kRescue)) ? kRescue : "journal");
    KS_TRY(std::string bytes, read_file(journal));
    bytes.resize(whole_journal_bytes(bytes));
    KS_TRY(const std::string text, read_file(path));
    KS_TRY(const Journal aside, scan_journal(text));
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
