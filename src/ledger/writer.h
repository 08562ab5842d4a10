// The one writer of a ledger. Private to this folder; see ledger.h.
//
// append() writes one record to the journal and returns. A thread syncs the journal, then now and
// then folds what is synced into tiles and bundles and signs a checkpoint for it. When the journal
// has grown, what a checkpoint covers is left out of a new one.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "ledger/disk.h"
#include "ledger/frontier.h"
#include "ledger/ledger.h"

namespace keystile::ledger {

class Writer final : public Ledger {
 public:
  Writer(Options options, const crypto::SigningKey& key, NoteKey name, const Clock& clock,
         Disk& disk);
  ~Writer() override;

  // Called once, before anything else: lock, check, replay, and start the thread.
  Status start();

  Result<Index> append(const json::Value& entry, Priority priority) override;
  Index durable() const override;
  Status sync() override;
  Index size() const override;

 private:
  struct Pending {
    Index index;
    Hash leaf;
    std::string entry;
  };

  // At start.
  Status lock();
  Status load_tree();
  Status replay();

  // Under mutex_.
  Status write_frame(const std::string& bytes);
  void give_reserve();
  bool idle() const;
  void take_incoming();

  // On the thread.
  void run();
  void round(bool fold_now);
  Status flush();
  Status fold();
  Status rotate();
  Status replace_journal(const std::string& path);
  Status make_reserve();
  void note_failure(const Error& error);

  const Options options_;
  const crypto::SigningKey& key_;
  const NoteKey name_;
  const Clock& clock_;
  Disk& disk_;
  const Folder folder_;
  const std::string journal_path_, reserve_path_;
  File lock_file_;

  mutable std::mutex mutex_;
  std::condition_variable work_, done_;
  File journal_;
  uint64_t journal_bytes_ = 0;
  Index size_ = 0, synced_ = 0, covered_ = 0;
  std::vector<Pending> incoming_;  // appended since the thread last looked
  bool reserve_held_ = false;
  uint64_t asked_ = 0, served_ = 0;  // calls of sync()
  bool stop_ = false;
  std::optional<Error> failed_;  // after a failed fsync: for good
  Status folded_;                // how the last fold() went

  // The thread's own.
  Frontier frontier_;             // covered by the last checkpoint
  std::deque<Pending> unfolded_;  // not covered by it yet
  std::thread thread_;
};

}  // namespace keystile::ledger
