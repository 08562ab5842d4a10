// Entry bundles and hash tiles: what is read is written the same, and paths name one tile each.
#include "ledger/tiles.h"

#include "fuzz/check.h"

using namespace keystile;
using namespace keystile::ledger;

KS_FUZZ_TARGET(input) {
  if (const auto entries = split_bundle(input)) {
    std::string written;
    for (const std::string_view entry : *entries) append_to_bundle(entry, &written);
    KS_HOLDS(written == input);
  }
  if (const auto hashes = split_hashes(input)) KS_HOLDS(join_hashes(*hashes) == input);
  if (input.size() < 9) return;
  // A level, and the size of a tree: its tiles hold each hash in exactly one place.
  uint64_t size = 0;
  for (const char c : input.substr(1, 8)) size = size << 8 | static_cast<unsigned char>(c);
  const int level = static_cast<unsigned char>(input[0]) % (kMaxTileLevel + 2) - 1;
  const uint64_t full = full_tiles(level, size);
  const int partial = partial_width(level, size);
  KS_HOLDS(partial >= 0 && partial < kTileWidth);
  const uint64_t hashes = level == Tile::kEntries ? size : level == 8 ? 0 : size >> (8 * level);
  KS_HOLDS(hashes / kTileWidth == full);
  KS_HOLDS(hashes % kTileWidth == static_cast<uint64_t>(partial));
  if (hashes == 0) return;
  const Tile last = tile_holding(level, hashes - 1, size);
  KS_HOLDS(last.index == (hashes - 1) / kTileWidth);
  KS_HOLDS(last.width == (last.index < full ? kTileWidth : partial));
  const Tile first = tile_holding(level, 0, size);
  KS_HOLDS((path_of(first) == path_of(last)) == (first == last));
}
