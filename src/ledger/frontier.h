// The right edge of the tree: the unfinished tile of each level and the unfinished bundle. It is
// all that is needed to add entries and to tell the root.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/folder.h"
#include "ledger/tiles.h"

namespace keystile::ledger {

struct TileFile {
  Tile tile;
  std::string bytes;
};

// The hashes of the unfinished tile of each level.
using Levels = std::array<std::vector<Hash>, kMaxTileLevel + 1>;
// The root of the tree that they are the right edge of.
Hash root_of(const Levels& levels);

class Frontier {
 public:
  Frontier() = default;
  // Reads the unfinished tiles and bundle of a tree of `size`. "ledger.corrupt" names a file that
  // is missing or cut, or an entry of that bundle that was changed.
  static Result<Frontier> load(const Folder& folder, uint64_t size);

  // Adds the next entry; files that this finishes are added to `finished`.
  void add(std::string_view entry, const Hash& leaf, std::vector<TileFile>* finished);

  uint64_t size() const { return size_; }
  Hash root() const { return root_of(levels_); }
  // The unfinished ones, as they stand now.
  std::vector<TileFile> partial() const;

 private:
  uint64_t size_ = 0;
  Levels levels_;
  std::string bundle_;
};

}  // namespace keystile::ledger
