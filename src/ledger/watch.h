// Whether a ledger's files are still the ones that its writer left there. Nobody else has any
// business with them while it runs; what was deleted, renamed, cut or replaced all the same is
// found here. Errors: "ledger.damaged", naming the file and what happened to it.
#pragma once

#include <cstdint>
#include <string>

#include "ledger/disk.h"
#include "ledger/folder.h"
#include "ledger/frontier.h"

namespace keystile::ledger {

// That `path` still leads to this open file, and the file has that many bytes.
Status in_place(const File& file, const std::string& path, uint64_t bytes);
// That it leads there at all.
Status in_place(const File& file, const std::string& path);
// That the open file has a name somewhere and that many bytes.
bool is_whole(const File& file, uint64_t bytes);

class Watch {
 public:
  explicit Watch(const Folder& folder) : folder_(folder) {}
  // Remembers which folder it is.
  Status start();

  Status folder_in_place() const;
  // That the folder is in place, log.vkey and checkpoint hold just these texts, the unfinished
  // tiles stand there, and so do the next few of the finished ones: a round takes some minutes for
  // a large ledger. Where it fails it looks again next time.
  Status look(const std::string& vkey, const std::string& checkpoint, const Frontier& frontier);

 private:
  Status look_at_text(const char* name, const std::string& expected) const;
  Status patrol(uint64_t size);

  const Folder& folder_;
  File open_folder_;
  Tile next_{Tile::kEntries, 0};  // of the patrol
};

}  // namespace keystile::ledger
