// How long something has waited, by clocks that one person alone cannot turn.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"

namespace keystile::quorum {

// What the clocks showed at one moment: this machine's, and the exchanges' server times as far as
// they were known. Read elsewhere and passed in.
struct Clocks {
  WallTime wall{};
  std::map<std::string, WallTime> exchanges;  // by name
  bool operator==(const Clocks&) const = default;
};

// The least time that has passed by any clock known at both moments. None if that was no
// exchange's: the machine's own clock alone ends no hold.
std::optional<Millis> elapsed(const Clocks& from, const Clocks& to);

// What the same clocks show so much later.
Clocks later(Clocks clocks, Millis by);

// {"wall": "2026-11-21T06:30:00.000Z", "binance": "2026-11-21T06:30:00.120Z"}
json::Value to_json(const Clocks& clocks);
Result<Clocks> read_clocks(const json::Value& json);  // "ledger.entry"

}  // namespace keystile::quorum
