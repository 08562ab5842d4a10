#include "ledger/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/damage.h"
#include "ledger/folder.h"
#include "ledger/frontier.h"

namespace keystile::ledger {
namespace {

constexpr size_t kMaxDamage = 100;  // sentences; more would not help

// Which leaf hashes to believe where bundle and hash tile differ: that which leads to the signed
// root is right, and the other was changed.
enum class Believe { kEntries, kTiles, kParents };

// A bundle and its hash tile, as far as they can be read.
struct Leaves {
  Bundle bundle;
  Status bundle_read, tile_read;
  std::vector<Hash> of_entries, of_tile;
};

struct Derived {
  Hash root{};
  uint64_t files = 0;
  std::vector<std::string> damage;
};

class Verification {
 public:
  Verification(const Folder& folder, const Checkpoint& checkpoint)
      : folder_(folder), size_(checkpoint.size), root_(checkpoint.root) {}

  Derived run() const;

 private:
  Derived derive(Believe believe) const;
  Leaves read_leaves(const Tile& tile) const;
  std::vector<Hash> choose(const Tile& tile, const Leaves& leaves, Believe believe) const;
  void compare_leaves(const Tile& tile, const Leaves& leaves, const std::vector<Hash>& believed,
                      Derived* out) const;
  void compare_tile(const TileFile& file, Derived* out) const;

  const Folder& folder_;
  const uint64_t size_;
  const Hash root_;
};

Derived Verification::run() const {
  Derived derived;
  for (const Believe believe : {Believe::kEntries, Believe::kTiles, Believe::kParents}) {
    derived = derive(believe);
    if (derived.root == root_) return derived;
  }
  derived.damage.insert(
      derived.damage.begin(),
      fmt::format("neither entries nor hash tiles lead to the root that the checkpoint of {} "
                  "entries signs: entries were changed together with their hash tiles",
                  size_));
  return derived;
}

Derived Verification::derive(Believe believe) const {
  Derived derived;
  Frontier frontier;
  std::vector<TileFile> finished;
  for (uint64_t first = 0; first < size_; first += kTileWidth) {
    const Tile tile = tile_holding(Tile::kEntries, first, size_);
    const Leaves leaves = read_leaves(tile);
    const auto believed = choose(tile, leaves, believe);
    compare_leaves(tile, leaves, believed, &derived);
    for (const Hash& leaf : believed) frontier.add({}, leaf, &finished);
    for (const TileFile& file : finished) compare_tile(file, &derived);
    finished.clear();
  }
  for (const TileFile& file : frontier.partial()) compare_tile(file, &derived);
  derived.root = frontier.root();
  return derived;
}

Leaves Verification::read_leaves(const Tile& tile) const {
  Leaves leaves;
  leaves.bundle_read = folder_.entries(tile, &leaves.bundle);
  for (const auto entry : leaves.bundle.entries) leaves.of_entries.push_back(leaf_hash(entry));
  auto hashes = folder_.hashes({0, tile.index, tile.width});
  if (hashes) {
    leaves.of_tile = std::move(*hashes);
  } else {
    leaves.tile_read = tl::unexpected<Error>(hashes.error());
  }
  return leaves;
}

std::vector<Hash> Verification::choose(const Tile& tile, const Leaves& leaves,
                                       Believe believe) const {
  bool tile_first = believe == Believe::kTiles;
  if (believe == Believe::kParents && tile.full()) {
    const auto parents = folder_.hashes(tile_holding(1, tile.index, size_));
    tile_first = parents && root_of(leaves.of_tile) == (*parents)[tile.index % kTileWidth];
  }
  std::vector<Hash> chosen = tile_first ? leaves.of_tile : leaves.of_entries;
  const auto& other = tile_first ? leaves.of_entries : leaves.of_tile;
  for (size_t i = chosen.size(); i < other.size(); ++i) chosen.push_back(other[i]);
  chosen.resize(static_cast<size_t>(tile.width));  // zeros lead to no signed root
  return chosen;
}

void Verification::compare_leaves(const Tile& tile, const Leaves& leaves,
                                  const std::vector<Hash>& believed, Derived* out) const {
  ++out->files;
  if (!leaves.bundle_read) {
    const uint64_t first = tile.index * kTileWidth;
    out->damage.push_back(fmt::format("{} (entries {} to {})", leaves.bundle_read.error().message,
                                      first, first + static_cast<uint64_t>(tile.width) - 1));
  }
  if (leaves.of_entries.empty() || leaves.of_entries == believed) return;
  for (auto& sentence : name_damage(tile, leaves.bundle.entries, believed)) {
    out->damage.push_back(std::move(sentence));
  }
}

// The stored tile against what was derived. The bundles that a Frontier makes are not compared: it
// was given leaf hashes only.
void Verification::compare_tile(const TileFile& file, Derived* out) const {
  if (file.tile.level == Tile::kEntries) return;
  ++out->files;
  const auto stored = folder_.hashes(file.tile);
  if (!stored) {
    out->damage.push_back("hash " + stored.error().message);
    return;
  }
  const auto derived = split_hashes(file.bytes);
  const auto [at, end] = std::mismatch(stored->begin(), stored->end(), derived->begin());
  if (at == stored->end()) return;
  const auto place = static_cast<uint64_t>(at - stored->begin());
  const int shift = kTileHeight * file.tile.level;
  const uint64_t first = (file.tile.index * kTileWidth + place) << shift;
  const uint64_t last = first + (uint64_t{1} << shift) - 1;
  out->damage.push_back(fmt::format("hash {} was changed: its hash {} is not that of {}",
                                    path_of(file.tile), place,
                                    first == last ? fmt::format("entry {}", first)
                                                  : fmt::format("entries {} to {}", first, last)));
}

// The journal's records that the checkpoint covers must be the same in the tiles; the others follow
// without a gap.
Status check_journal(const Folder& folder, const NoteKey& key, Verified* out) {
  JournalFile file;
  if (const Status read = folder.journal(&file); !read) {
    out->damage.push_back(read.error().message);
    return {};
  }
  const auto& records = file.journal.records;
  out->torn_bytes = file.bytes.size() - file.journal.whole_bytes;
  if (records.empty()) return {};
  if (const Index first = records.front().index; first > out->size) {
    // The writer may have written a later checkpoint, and cut the journal, since we looked.
    KS_TRY(const std::string note, folder.checkpoint_note());
    const auto later = open_checkpoint(note, key);
    if (!later || first > later->size) {
      out->damage.push_back(
          fmt::format("entries {} to {} are missing from the journal", out->size, first - 1));
    }
  }
  std::vector<Hash> hashes;
  for (const Record& record : records) {
    if (record.index >= out->size) {
      ++out->in_journal;
      continue;
    }
    if (hashes.empty() || record.index % kTileWidth == 0) {
      auto read = folder.hashes(tile_holding(0, record.index, out->size));
      if (!read) return {};  // told already
      hashes = std::move(*read);
    }
    if (hashes[record.index % kTileWidth] != record.leaf) {
      out->damage.push_back(fmt::format("entry {} is another one in the journal than in {}",
                                        record.index,
                                        path_of(tile_holding(0, record.index, out->size))));
    }
  }
  return {};
}

}  // namespace

Result<Verified> verify(const std::string& path, std::string_view vkey) {
  const Folder folder(path);
  auto note = folder.checkpoint_note();
  if (!note && note.error().code != "ledger.corrupt") return tl::unexpected<Error>(note.error());
  const auto own_key = folder.key();
  KS_TRY(const NoteKey key, vkey.empty() ? own_key : parse_vkey(vkey));
  Verified result;
  result.origin = key.name;
  result.vkey = key.vkey();
  if (!own_key || own_key->vkey() != result.vkey) {
    result.damage.push_back("log.vkey is not the key that this ledger was checked with");
  }
  if (!note) {
    result.damage.push_back(note.error().message);
    return result;
  }
  auto checkpoint = open_checkpoint(*note, key);
  if (!checkpoint) {
    result.damage.push_back("checkpoint: " + checkpoint.error().message);
    checkpoint = unverified_checkpoint(*note);  // it may still tell where else to look
    if (!checkpoint) return result;
  }
  result.size = checkpoint->size;
  result.root = checkpoint->root;
  Derived derived = Verification(folder, *checkpoint).run();
  result.files = derived.files;
  std::move(derived.damage.begin(), derived.damage.end(), std::back_inserter(result.damage));
  KS_CHECK(check_journal(folder, key, &result));
  if (result.damage.size() > kMaxDamage) {
    const size_t more = result.damage.size() - kMaxDamage;
    result.damage.resize(kMaxDamage);
    result.damage.push_back(fmt::format("and {} more", more));
  }
  return result;
}

}  // namespace keystile::ledger
