// C2SP tlog-tiles: how the tree's hashes and entries are cut into files. Pure.
// https://c2sp.org/tlog-tiles (read 2026-07-22)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"

namespace keystile::ledger {

inline constexpr int kTileHeight = 8;
inline constexpr int kTileWidth = 256;   // hashes in a full tile, entries in a full bundle
inline constexpr int kMaxTileLevel = 7;  // 2^64 entries need no more

// A hash tile or, where level is kEntries, an entry bundle. Hash i of tile n of level l is
// MTH(D[(256n+i)·256^l : (256n+i+1)·256^l]).
struct Tile {
  static constexpr int kEntries = -1;
  int level = 0;
  uint64_t index = 0;
  int width = kTileWidth;

  bool full() const { return width == kTileWidth; }
  bool operator==(const Tile&) const = default;
};

// "tile/0/x001/067", "tile/entries/000.p/17".
std::string path_of(const Tile& tile);

// How many full tiles of that level (or entry bundles) a tree of `size` entries has, and how wide
// the partial one after them is (0: there is none).
uint64_t full_tiles(int level, uint64_t size);
int partial_width(int level, uint64_t size);

// The tile in which hash (or entry) number `index` of that level stands in a tree of `size`.
Tile tile_holding(int level, uint64_t index, uint64_t size);

// A bundle is its entries, each after its length (16 bits, big-endian).
void append_to_bundle(std::string_view entry, std::string* bundle);
// Views into `bundle`. "ledger.corrupt" unless it is exactly that: entries, with nothing left over.
Result<std::vector<std::string_view>> split_bundle(std::string_view bundle);

// "ledger.corrupt" unless whole hashes.
Result<std::vector<Hash>> split_hashes(std::string_view bytes);
std::string join_hashes(const std::vector<Hash>& hashes);

}  // namespace keystile::ledger
