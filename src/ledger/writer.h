// The one writer of a ledger. Private to this folder; see ledger.h.
//
// append() writes one record to the journal and returns. A thread syncs the journal, then now and
// then folds what is synced into tiles and bundles and signs a checkpoint for it. When the journal
// has grown, what a checkpoint covers is left out of a new one.
//
// All that no checkpoint covers is in memory too. So a journal that the disk or somebody has spoilt
// is rescued: a new one is written from memory. Where the disk was to blame it takes the old one's
// place and name, and all goes on. Where somebody was, it is called journal.rescue and only cancels
// and outcomes go on, until the old one is put back, mend() is called, or the ledger is opened
// anew; the rescue then becomes the journal.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "ledger/disk.h"
#include "ledger/frontier.h"
#include "ledger/ledger.h"
#include "ledger/watch.h"

namespace keystile::ledger {

class Writer final : public Ledger {
 public:
  Writer(Options options, const crypto::SigningKey& key, NoteKey name, const Clock& clock,
         Disk& disk);
  ~Writer() override;

  // Called once, before anything else: check, replay, and start the thread. lock: the folder's.
  Status start(File lock);

  Result<Index> append_text(std::string_view entry, Priority priority, When when,
                            std::optional<WallTime> time) override;
  Index durable() const override;
  Status sync() override;
  Index size() const override;
  Status condition() const override;
  Status mend() override;
  Progress progress() const override;

 private:
  // Records as the journal has them, one after another, the last that of end - 1.
  struct Batch {
    Index end = 0;
    std::string frames;
  };

  // At start.
  Status take_rescue();
  Status load_tree();
  Status replay();

  // Under mutex_.
  Status takes(Priority priority) const;
  Status make_room(size_t entry_bytes, Priority priority);
  void keep_spares(std::vector<std::string>* emptied);
  Status write_waiting(Priority priority);
  Status try_to_write();
  void give_reserve();
  bool idle() const;
  Status break_journal(Error why);

  // On the thread.
  void run();
  enum class Depth { kSync, kLook, kCheckpoint };  // each does what is before it as well
  void round(Depth depth);
  Status flush();
  Status fold();
  Status write_tiles(Index target, Frontier* next);
  Status write_files(const std::vector<TileFile>& files);
  void remove_beginnings(Index size) const;
  Status put_checkpoint(const std::string& note);
  Status rotate();
  Status replace_journal(const std::string& target);
  Status write_journal(const std::string& path, const std::string& target);
  Status make_reserve();

  // On the thread, when something is wrong (rescue.cc).
  Status keep_journal();
  Status rescue(bool tampered);
  Status write_rescue(const std::string& target);
  Status look();
  Status look_at_journal() const;
  Status keep_lock();
  Status end_rescue();
  Status write_anew();

  const Options options_;
  const crypto::SigningKey& key_;
  const NoteKey name_;
  const Clock& clock_;
  Disk& disk_;
  const Folder folder_;
  const std::string reserve_path_;
  File lock_file_;

  mutable std::mutex mutex_;
  std::condition_variable work_, done_;
  File journal_;
  std::string journal_path_;
  uint64_t journal_bytes_ = 0;
  std::vector<Batch> incoming_;     // appended since the thread last looked
  size_t written_ = 0;              // so many bytes of the last of these are in the journal
  std::vector<std::string> spare_;  // emptied batches, for the next
  Index size_ = 0, synced_ = 0, covered_ = 0;
  bool reserve_held_ = false;
  WallTime unsynced_since_{};  // where size_ > synced_: the oldest of these came then
  std::optional<WallTime> last_checkpoint_;
  uint64_t asked_ = 0, served_ = 0;  // calls of sync()
  bool stop_ = false, mend_asked_ = false;
  bool spoilt_ = false;           // what the journal holds on disk is not known any more
  std::optional<Error> broken_;   // nothing can be appended until the journal is rescued
  std::optional<Error> trouble_;  // no ordinary entry is taken
  Status folded_;                 // how the last fold() went

  // The thread's own.
  Frontier frontier_;             // covered by the last checkpoint
  std::string checkpoint_;        // that note
  std::string tried_checkpoint_;  // the newest one that was to stand there
  std::deque<Batch> unfolded_;    // not covered by it yet; each is synced as a whole
  Watch watch_;
  std::optional<File> abandoned_;  // the journal before the rescue
  uint64_t abandoned_bytes_ = 0;
  std::thread thread_;
};

}  // namespace keystile::ledger
