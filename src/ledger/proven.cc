#include "ledger/proven.h"

namespace keystile::ledger {

Result<Proven> Proven::open(const Folder& folder, const Checkpoint& checkpoint) {
  Proven proven(folder, checkpoint.size);
  KS_CHECK(proven.find_unfinished(checkpoint.root));
  return proven;
}

// As they are stored; else with one of them derived from what is below it; else with all.
Status Proven::find_unfinished(const Hash& root) {
  std::vector<Tile> tiles;
  for (int level = 0; level <= kMaxTileLevel; ++level) {
    const Tile tile{level, full_tiles(level, size_), partial_width(level, size_)};
    if (tile.width > 0) tiles.push_back(tile);
  }
  const auto at = [](const Tile& tile) { return static_cast<size_t>(tile.level); };
  Levels stored, derived;
  for (const Tile& tile : tiles) stored[at(tile)] = folder_->hashes(tile).value_or(Hashes{});
  if (try_unfinished(stored, root)) return {};
  for (const Tile& tile : tiles) derived[at(tile)] = derive(tile).value_or(Hashes{});
  for (const Tile& tile : tiles) {
    Levels mixed = stored;
    mixed[at(tile)] = derived[at(tile)];
    if (!try_unfinished(mixed, root)) continue;
    damage_.push_back({path_of(tile), {}, "is missing or was changed"});
    return {};
  }
  if (try_unfinished(derived, root)) {
    damage_.push_back({"tile", {}, "holds several of the last hash tiles no longer as they were"});
    return {};
  }
  return fail("ledger.corrupt",
              "neither the last hash tiles nor what stands below them lead to the root that the "
              "checkpoint signs, so no entry can be told from a forged one",
              ErrorClass::kFatal);
}

bool Proven::try_unfinished(const Levels& levels, const Hash& root) {
  if (root_of(levels) != root) return false;
  unfinished_ = levels;
  return true;
}

const Proven::Hashes* Proven::hashes(int level, uint64_t index) {
  const auto at = static_cast<size_t>(level);
  if (index == full_tiles(level, size_)) return &unfinished_[at];
  if (levels_[at].index != index) levels_[at] = {index, prove({level, index})};
  return levels_[at].hashes ? &*levels_[at].hashes : nullptr;
}

std::optional<Proven::Hashes> Proven::prove(const Tile& tile) {
  const Hashes* parents = hashes(tile.level + 1, tile.index / kTileWidth);
  auto stored = folder_->hashes(tile);
  const auto is_proven = [&](const Hashes& found) {
    return parents && root_of(found) == (*parents)[tile.index % kTileWidth];
  };
  if (stored && is_proven(*stored)) return std::move(*stored);
  damage_.push_back({path_of(tile),
                     {},
                     !stored    ? "is missing or was cut"
                     : !parents ? "cannot be proven: what is above it is damaged"
                                : "was changed"});
  auto derived = derive(tile);
  return derived && is_proven(*derived) ? std::move(derived) : std::nullopt;
}

// From the entries, or the tiles of the level below; none where one is missing.
std::optional<Proven::Hashes> Proven::derive(const Tile& tile) const {
  Hashes derived;
  if (tile.level == 0) {
    Bundle bundle;
    if (!folder_->entries({Tile::kEntries, tile.index, tile.width}, &bundle)) return std::nullopt;
    for (const std::string_view entry : bundle.entries) derived.push_back(leaf_hash(entry));
    return derived;
  }
  const uint64_t first = tile.index * kTileWidth;
  for (uint64_t i = first; i < first + static_cast<uint64_t>(tile.width); ++i) {
    const Tile below{tile.level - 1, i};
    const auto stored = folder_->hashes(below);
    const auto hashes = stored ? std::optional(*stored) : derive(below);
    if (!hashes) return std::nullopt;
    derived.push_back(root_of(*hashes));
  }
  return derived;
}

}  // namespace keystile::ledger
