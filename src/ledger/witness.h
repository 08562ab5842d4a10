// Outside witnesses: others who cosign a log's checkpoints, each only if it continues all that it
// ever saw. https://c2sp.org/tlog-witness and https://c2sp.org/tlog-cosignature (read 2026-07-22).
//
// What each cosigned last is kept in "witnessed/ID": the checkpoint as a signed note with that
// witness's line under the log's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/disk.h"
#include "ledger/folder.h"

namespace keystile::ledger {

// What is sent to a witness.
struct Submission {
  uint64_t size = 0;  // of the checkpoint
  std::string note;
  std::string body;  // of POST …/add-checkpoint
};
// The present checkpoint, with the proof that it continues the tree of `old` entries that the
// witness has seen (0: none). "ledger.witness" if there are fewer entries than that.
Result<Submission> make_submission(const Folder& folder, uint64_t old);

// The note with the witness's line out of its answer (status 200). "note.syntax", "note.signature".
Result<std::string> add_cosignature(std::string_view note, std::string_view answer,
                                    const NoteKey& witness);

struct Witnessed {
  uint64_t size = 0;
  Hash root{};
  WallTime at{};  // by the witness's clock
};
// A kept note, both signatures checked.
Result<Witnessed> open_witnessed(std::string_view note, const NoteKey& log, const NoteKey& witness);

std::string witnessed_path(const Folder& folder, const NoteKey& witness);
// "ledger.missing": it never cosigned.
Result<Witnessed> read_witnessed(const Folder& folder, const NoteKey& witness);

// That the tree of `size` entries in the folder continues what was witnessed. "ledger.witness":
// entries that somebody else has seen were cut off or changed.
Status check_witnessed(const Folder& folder, uint64_t size, const Witnessed& witnessed);

}  // namespace keystile::ledger
