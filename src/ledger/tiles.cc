#include "ledger/tiles.h"

#include <fmt/format.h>

namespace keystile::ledger {
namespace {

std::string index_path(uint64_t index) {
  std::string path = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) path = fmt::format("x{:03}/{}", index % 1000, path);
  return path;
}

// Hashes (or entries) of that level in a tree of `size`.
uint64_t hashes_at(int level, uint64_t size) {
  return level == Tile::kEntries ? size : size >> (kTileHeight * level);
}

}  // namespace

std::string path_of(const Tile& tile) {
  const std::string folder =
      tile.level == Tile::kEntries ? "tile/entries/" : fmt::format("tile/{}/", tile.level);
  const std::string path = folder + index_path(tile.index);
  return tile.full() ? path : fmt::format("{}.p/{}", path, tile.width);
}

uint64_t full_tiles(int level, uint64_t size) { return hashes_at(level, size) / kTileWidth; }

int partial_width(int level, uint64_t size) {
  return static_cast<int>(hashes_at(level, size) % kTileWidth);
}

Tile tile_holding(int level, uint64_t index, uint64_t size) {
  const uint64_t tile = index / kTileWidth;
  return {level, tile, tile < full_tiles(level, size) ? kTileWidth : partial_width(level, size)};
}

void append_to_bundle(std::string_view entry, std::string* bundle) {
  bundle->push_back(static_cast<char>(entry.size() >> 8));
  bundle->push_back(static_cast<char>(entry.size() & 0xff));
  bundle->append(entry);
}

Result<std::vector<std::string_view>> split_bundle(std::string_view bundle) {
  std::vector<std::string_view> entries;
  while (!bundle.empty()) {
    if (bundle.size() < 2) return fail("ledger.corrupt", "the entry bundle ends inside an entry");
    const size_t size =
        static_cast<unsigned char>(bundle[0]) * 256u + static_cast<unsigned char>(bundle[1]);
    if (bundle.size() - 2 < size) {
      return fail("ledger.corrupt", "the entry bundle ends inside an entry");
    }
    entries.push_back(bundle.substr(2, size));
    bundle.remove_prefix(2 + size);
  }
  return entries;
}

Result<std::vector<Hash>> split_hashes(std::string_view bytes) {
  constexpr size_t kSize = sizeof(Hash);
  if (bytes.size() % kSize != 0) return fail("ledger.corrupt", "the hash tile ends inside a hash");
  std::vector<Hash> hashes;
  for (size_t at = 0; at < bytes.size(); at += kSize) {
    hashes.push_back(*hash_from(bytes.substr(at, kSize)));
  }
  return hashes;
}

std::string join_hashes(const std::vector<Hash>& hashes) {
  std::string bytes;
  for (const Hash& hash : hashes) bytes += bytes_of(hash);
  return bytes;
}

}  // namespace keystile::ledger
