// The hashes of a tree whose files may be damaged, each proven by the root that was signed.
#pragma once

#include <optional>
#include <vector>

#include "ledger/folder.h"
#include "ledger/frontier.h"
#include "ledger/ledger.h"

namespace keystile::ledger {

class Proven {
 public:
  // Of the tree that the checkpoint signs. "ledger.corrupt": nothing leads to its root, neither the
  // unfinished hash tiles as they stand nor what is derived from below them; then no entry can be
  // told from a forged one. folder must outlive it.
  static Result<Proven> open(const Folder& folder, const Checkpoint& checkpoint);

  // The leaf hashes over that bundle's entries: as they are stored, or derived from the entries,
  // where that leads to the root. Null where neither does. Valid until the next call.
  const std::vector<Hash>* leaves(uint64_t bundle) { return hashes(0, bundle); }

  // The hash tiles found damaged so far.
  const std::vector<Damage>& damage() const { return damage_; }

 private:
  using Hashes = std::vector<Hash>;
  struct Level {
    std::optional<uint64_t> index;  // of the finished tile that was looked at last
    std::optional<Hashes> hashes;   // of it, where they could be proven
  };

  explicit Proven(const Folder& folder, uint64_t size) : folder_(&folder), size_(size) {}
  Status find_unfinished(const Hash& root);
  bool try_unfinished(const Levels& levels, const Hash& root);
  const Hashes* hashes(int level, uint64_t index);
  std::optional<Hashes> prove(const Tile& tile);
  std::optional<Hashes> derive(const Tile& tile) const;

  const Folder* folder_;
  uint64_t size_;
  Levels unfinished_;
  std::array<Level, kMaxTileLevel + 1> levels_;
  std::vector<Damage> damage_;
};

}  // namespace keystile::ledger
