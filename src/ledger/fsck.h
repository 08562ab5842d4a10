// Where exactly a ledger is damaged. Reads only, needs no key and no lock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/verify.h"

namespace keystile::ledger {

struct Place {
  std::string file;                // under the ledger's folder
  std::optional<uint64_t> offset;  // of the first byte that is wrong; none: the file as a whole
  std::optional<Index> entry;      // that stands, or should stand, there
  std::string what;
};

struct Fsck {
  Verified verified;
  std::vector<Place> places;       // at most one for each file
  std::vector<std::string> notes;  // what is unusual but no damage: files left by a crash
  bool good() const { return verified.good() && places.empty(); }
};

// verify(), and the place of whatever it finds. Beside a process that writes, a file that is being
// replaced at that moment may be named: ask again.
Result<Fsck> fsck(const std::string& folder, std::string_view vkey = {});

}  // namespace keystile::ledger
