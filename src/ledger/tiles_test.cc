#include "ledger/tiles.h"

#include "crypto/digest.h"
#include "ledger/test_data.h"

namespace keystile::ledger {
namespace {

TEST(Tiles, IndexEncoding) {
  const auto vectors = load_vectors("merkle.json");
  for (const json::Value& item : items(vectors, "tile_index_encoding")) {
    EXPECT_EQ(path_of({3, number(item, "index")}), "tile/3/" + std::string(item.text("encoded")));
  }
}

// The bytes of one tile or bundle of a tree of "entry <i>".
std::string build(const Tile& tile, const std::vector<Hash>& leaves) {
  std::string bytes;
  const uint64_t first = tile.index * kTileWidth;
  for (uint64_t i = first; i < first + static_cast<uint64_t>(tile.width); ++i) {
    if (tile.level == Tile::kEntries) {
      append_to_bundle("entry " + std::to_string(i), &bytes);
    } else {
      bytes += bytes_of(reader_of(leaves)(kTileHeight * tile.level, i).value());
    }
  }
  return bytes;
}

TEST(Tiles, LayoutAndContentOfVectors) {
  const auto vectors = load_vectors("merkle.json");
  const auto leaves = vector_leaves(70000);
  for (const json::Value& tree : items(vectors, "tiles")) {
    const uint64_t size = number(tree, "size");
    for (const json::Value& row : items(tree, "layout")) {
      const int level = static_cast<int>(number(row, "level"));
      EXPECT_EQ(full_tiles(level, size), number(row, "full_tiles"));
      EXPECT_EQ(partial_width(level, size), static_cast<int>(number(row, "partial_width")));
    }
    std::map<std::string, Tile> tiles;
    for (int level = Tile::kEntries; level <= kMaxTileLevel; ++level) {
      for (uint64_t i = 0; i < full_tiles(level, size); ++i)
        tiles[path_of({level, i})] = {level, i};
      const Tile last{level, full_tiles(level, size), partial_width(level, size)};
      if (last.width > 0) tiles[path_of(last)] = last;
    }
    for (const json::Value& item : items(tree, "resources")) {
      const auto tile = tiles.find(std::string(item.text("path")));
      ASSERT_NE(tile, tiles.end()) << item.text("path");
      const std::string bytes = build(tile->second, leaves);
      EXPECT_EQ(bytes.size(), number(item, "length"));
      EXPECT_EQ(hex_encode(crypto::sha256(bytes)), item.text("sha256")) << tile->first;
    }
  }
}

TEST(Tiles, BundlesAreExact) {
  std::string bundle;
  append_to_bundle("", &bundle);
  append_to_bundle(std::string(65535, 'x'), &bundle);
  const auto entries = split_bundle(bundle);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[1].size(), 65535u);
  EXPECT_FALSE(split_bundle(bundle + "\x01"));
  EXPECT_FALSE(split_bundle(std::string_view(bundle).substr(0, bundle.size() - 1)));
  EXPECT_FALSE(split_hashes(std::string(33, 'x')));
}

}  // namespace
}  // namespace keystile::ledger
