// What the writer's thread does where the disk fails, or somebody has changed the ledger's files.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "ledger/lock.h"
#include "ledger/writer.h"

namespace keystile::ledger {

// Syncs the journal, after making sure that it is still the file that readers and the next start
// will find; else writes a new one.
Status Writer::keep_journal() {
  KS_CHECK(keep_lock());
  const Status named = look_at_journal();
  bool sound = named.has_value();
  {
    const std::lock_guard guard(mutex_);
    sound = sound && !spoilt_;
  }
  if (sound && flush()) return {};
  KS_CHECK(rescue(!named));
  return flush();
}

Status Writer::look_at_journal() const {
  const std::lock_guard guard(mutex_);
  // A folder that was moved took the journal along.
  if (!watch_.folder_in_place() && is_whole(journal_, journal_bytes_)) return {};
  if (spoilt_) return in_place(journal_, journal_path_);
  return in_place(journal_, journal_path_, journal_bytes_);
}

// Whoever deletes the lock's file lets a second writer in.
Status Writer::keep_lock() {
  if (in_place(lock_file_, folder_.path_to("lock")) || !watch_.folder_in_place()) return {};
  KS_TRY(lock_file_, lock_folder(folder_, disk_));
  return {};
}

Status Writer::rescue(bool tampered) {
  KS_CHECK(watch_.folder_in_place());
  return write_rescue(tampered ? folder_.path_to(kRescue) : journal_path_);
}

Status Writer::write_rescue(const std::string& target) {
  Status written = replace_journal(target);
  if (!written && written.error().code == "ledger.full") {
    {
      // Cancels and outcomes are what its space is for, and they need a journal first.
      const std::lock_guard guard(mutex_);
      if (reserve_held_) give_reserve();
    }
    written = replace_journal(target);
  }
  KS_CHECK(written);
  const std::lock_guard guard(mutex_);
  spoilt_ = false;
  return {};
}

// Every file; and whether a journal that was tampered with is back.
Status Writer::look() {
  bool mending = false;
  {
    const std::lock_guard guard(mutex_);
    mending = std::exchange(mend_asked_, false);
  }
  if (mending) {
    KS_CHECK(write_anew());
  }
  // It may stand there though writing it was said to fail: its folder could not be synced.
  const auto there = read_file(folder_.path_to("checkpoint"));
  if (there && *there == tried_checkpoint_) checkpoint_ = tried_checkpoint_;
  KS_CHECK(watch_.look(name_.vkey() + "\n", checkpoint_, frontier_));
  if (!abandoned_) return {};
  KS_CHECK(in_place(*abandoned_, folder_.path_to("journal"), abandoned_bytes_));
  return end_rescue();
}

// The rescue holds all that the journal should, so it takes its place.
Status Writer::end_rescue() {
  const std::string journal = folder_.path_to("journal");
  {
    const std::lock_guard guard(mutex_);
    if (disk_.rename(journal_path_, journal) != 0) {
      return fail("ledger.io", "cannot rename " + journal_path_, ErrorClass::kRetryable);
    }
    journal_path_ = journal;
  }
  abandoned_.reset();
  return sync_folder(disk_, options_.folder);
}

Status Writer::write_anew() {
  KS_CHECK(watch_.folder_in_place());
  if (abandoned_) {
    const std::string journal = folder_.path_to("journal");
    if (exists(journal)) {
      KS_CHECK(rename_file(disk_, journal, folder_.path_to(kFoundJournal)));
    }
    KS_CHECK(end_rescue());
  }
  for (const TileFile& file : frontier_.partial()) {
    KS_CHECK(replace_file(disk_, folder_.path_to(path_of(file.tile)), file.bytes));
  }
  KS_CHECK(replace_file(disk_, folder_.path_to("log.vkey"), name_.vkey() + "\n"));
  return replace_file(disk_, folder_.path_to("checkpoint"), checkpoint_);
}

Status Writer::mend() {
  {
    const std::lock_guard guard(mutex_);
    mend_asked_ = true;
  }
  (void)sync();
  return condition();
}

}  // namespace keystile::ledger
