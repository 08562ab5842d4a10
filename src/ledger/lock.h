// Who writes a ledger: one process at a time.
#pragma once

#include "ledger/disk.h"
#include "ledger/folder.h"

namespace keystile::ledger {

// Held until the file is closed. "ledger.locked" names the holder's process id.
Result<File> lock_folder(const Folder& folder, Disk& disk);

}  // namespace keystile::ledger
