// Reading a ledger that may be damaged: what of it can still be proven, and what is lost. Changes
// nothing; the caller holds the lock.
#pragma once

#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/note.h"

namespace keystile::ledger {

class Folder;

struct Audit {
  Index covered = 0;           // by the checkpoint
  Index size = 0;              // entries that tiles and journal hold or held
  Index end = 0;               // and with those that were recorded aside
  std::vector<Damage> damage;  // none: all is as it was written
  bool strange_aside = false;  // journal.aside is no continuation of this ledger by its key
};

// visit() gets each entry that is good: covered ones proven by the checkpoint's signature, those of
// the journal by their own hashes, as ever. Errors as Ledger::open_proven().
Result<Audit> audit(const Folder& folder, const NoteKey& key, const Ledger::Visit& visit);

}  // namespace keystile::ledger
