// Saying what was done to the entries of one bundle. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/merkle.h"
#include "ledger/tiles.h"

namespace keystile::ledger {

// One sentence for each entry that was changed, deleted, replaced, added or moved, given the
// entries found in a bundle and the leaf hashes that they should have. Empty: all are right.
std::vector<std::string> name_damage(const Tile& bundle, std::span<const std::string_view> found,
                                     std::span<const Hash> leaves);

}  // namespace keystile::ledger
