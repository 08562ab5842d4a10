// A damaged ledger, open for what must go on all the same: reads, and what makes safer. Nothing
// that stands in its folder is touched, since it is evidence and may be mended; what is recorded
// goes to journal.aside, record by record as in the journal, with the indexes that follow, and each
// signed by the ledger's key, so that nobody can plant one. No checkpoint is signed. The next
// open_proven() that finds all mended puts the records into the journal, where they would have
// stood.
#pragma once

#include <optional>

#include "ledger/audit.h"
#include "ledger/disk.h"
#include "ledger/folder.h"
#include "ledger/ledger.h"

namespace keystile::ledger {

// Bytes together with the records in them; each as it comes into the journal.
struct AsideFile {
  std::string bytes;
  size_t whole_bytes = 0;
  std::vector<Record> records;
};
// "ledger.missing"; "ledger.corrupt" unless the key has signed every record.
Status read_aside(const Folder& folder, const NoteKey& key, AsideFile* out);

class Aside final : public Ledger {
 public:
  Aside(const Options& options, const crypto::SigningKey& key, NoteKey name, const Clock& clock,
        Disk& disk, File lock, Audit audit);

  // Called once, before anything else.
  Status start();

  // On disk when it returns, but reads and what is for soon: these with the next that is.
  Result<Index> append_text(std::string_view entry, Priority priority, When when,
                            std::optional<WallTime> time) override;
  Index durable() const override { return synced_; }
  Status sync() override;
  Status condition() const override;
  Status mend() override;
  const std::vector<Damage>& damage() const override { return audit_.damage; }
  Index size() const override { return size_; }
  Progress progress() const override;

 private:
  Status put_away();
  Status write(const std::string& record, Priority priority);

  const Folder folder_;
  const std::string path_;
  const crypto::SigningKey& key_;
  const NoteKey name_;
  const Clock& clock_;
  Disk& disk_;
  const File lock_;
  const Audit audit_;
  File file_;
  uint64_t bytes_ = 0;  // of whole records in it
  bool reserve_given_ = false;
  Index size_, synced_;
};

// What was recorded aside is put behind what the journal holds, and is in the tree from then on.
// For a ledger in which audit found no damage.
Status take_aside(const Folder& folder, const NoteKey& key, Disk& disk, const Audit& audit);

}  // namespace keystile::ledger
