// A damaged ledger, open for what must go on all the same: reads, and what makes safer. Nothing
// that stands in its folder is touched, since it is evidence and may be mended; what is recorded
// goes to journal.aside, record by record as in the journal, with the indexes that follow. No
// checkpoint is signed. The next open_proven() that finds all mended puts the records into the
// journal, where they would have stood.
#pragma once

#include <optional>

#include "ledger/audit.h"
#include "ledger/disk.h"
#include "ledger/folder.h"
#include "ledger/ledger.h"

namespace keystile::ledger {

class Aside final : public Ledger {
 public:
  Aside(const Options& options, const Clock& clock, Disk& disk, File lock, Audit audit);

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
  Status write(const std::string& record);

  const Folder folder_;
  const std::string path_;
  const Clock& clock_;
  Disk& disk_;
  const File lock_;
  const Audit audit_;
  File file_;
  uint64_t bytes_ = 0;  // of whole records in it
  Index size_, synced_;
};

// What was recorded aside is put behind what the journal holds, and is in the tree from then on.
// For a ledger in which audit found no damage.
Status take_aside(const Folder& folder, Disk& disk, const Audit& audit);

}  // namespace keystile::ledger
