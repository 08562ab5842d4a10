#include "ledger/frontier.h"

#include <fmt/format.h>

#include <bit>
#include <optional>

namespace keystile::ledger {

Result<Frontier> Frontier::load(const Folder& folder, uint64_t size) {
  Frontier frontier;
  frontier.size_ = size;
  for (int level = 0; level <= kMaxTileLevel; ++level) {
    const Tile tile{level, full_tiles(level, size), partial_width(level, size)};
    if (tile.width == 0) continue;
    KS_TRY(frontier.levels_[static_cast<size_t>(level)], folder.hashes(tile));
  }
  const Tile last{Tile::kEntries, full_tiles(Tile::kEntries, size),
                  partial_width(Tile::kEntries, size)};
  if (last.width == 0) return frontier;
  Bundle bundle;
  KS_CHECK(folder.entries(last, &bundle));
  for (size_t i = 0; i < bundle.entries.size(); ++i) {
    if (leaf_hash(bundle.entries[i]) != frontier.levels_[0][i]) {
      return fail("ledger.corrupt",
                  fmt::format("entry {} was changed ({}, hash {})", last.index * kTileWidth + i,
                              path_of(last), path_of({0, last.index, last.width})),
                  ErrorClass::kFatal);
    }
    append_to_bundle(bundle.entries[i], &frontier.bundle_);
  }
  return frontier;
}

void Frontier::add(std::string_view entry, const Hash& leaf, std::vector<TileFile>* finished) {
  append_to_bundle(entry, &bundle_);
  ++size_;
  if (size_ % kTileWidth == 0) {
    finished->push_back({{Tile::kEntries, size_ / kTileWidth - 1}, std::exchange(bundle_, {})});
  }
  Hash hash = leaf;
  for (int level = 0; level <= kMaxTileLevel; ++level) {
    auto& hashes = levels_[static_cast<size_t>(level)];
    hashes.push_back(hash);
    if (hashes.size() < kTileWidth) return;
    finished->push_back({{level, full_tiles(level, size_) - 1}, join_hashes(hashes)});
    hash = root_of(hashes);
    hashes.clear();
  }
}

Hash root_of(const Levels& levels) {
  std::optional<Hash> root;
  for (const auto& hashes : levels) {  // the lowest level is the rightmost part of the tree
    std::span<const Hash> rest(hashes);
    while (!rest.empty()) {
      const size_t width = size_t{1} << std::countr_zero(rest.size());
      const Hash subtree = root_of(rest.last(width));
      root = root ? node_hash(subtree, *root) : subtree;
      rest = rest.first(rest.size() - width);
    }
  }
  return root.value_or(empty_root());
}

std::vector<TileFile> Frontier::partial() const {
  std::vector<TileFile> files;
  const auto add = [&](int level, std::string bytes) {
    const int width = partial_width(level, size_);
    if (width > 0) files.push_back({{level, full_tiles(level, size_), width}, std::move(bytes)});
  };
  add(Tile::kEntries, bundle_);
  for (int level = 0; level <= kMaxTileLevel; ++level) {
    add(level, join_hashes(levels_[static_cast<size_t>(level)]));
  }
  return files;
}

}  // namespace keystile::ledger
