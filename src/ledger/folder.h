// Reading a ledger's folder: its checkpoint, tiles, bundles and journal, without lock or key, also
// while another process writes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/journal.h"
#include "ledger/note.h"
#include "ledger/tiles.h"

namespace keystile::ledger {

// Beside "journal": what is written instead once somebody has spoilt it, and what was found in its
// place. See writer.h.
inline constexpr const char* kRescue = "journal.rescue";
inline constexpr const char* kFoundJournal = "journal.found";
// What is recorded while a damaged ledger is open. See aside.h.
inline constexpr const char* kAside = "journal.aside";
inline constexpr const char* kFoundAside = "journal.aside.found";  // what stood there instead

// Bytes together with the parts that point into them.
struct Bundle {
  std::string bytes;
  std::vector<std::string_view> entries;
};
struct JournalFile {
  std::string bytes;
  Journal journal;
};

class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string path_to(std::string_view name) const { return path_ + "/" + std::string(name); }

  Result<std::string> checkpoint_note() const;
  Result<NoteKey> key() const;  // from log.vkey
  // Exactly tile.width of them: a partial tile is looked for in the full one too, which replaces
  // it. "ledger.corrupt" names a tile that is missing or too short.
  Result<std::vector<Hash>> hashes(const Tile& tile) const;
  // By pointer: its parts must not move.
  Status entries(const Tile& tile, Bundle* out) const;
  // The rescue, where there is one.
  Status journal(JournalFile* out) const;

  // From the tiles of a tree of `size`.
  SubtreeReader subtrees(uint64_t size) const;

 private:
  Result<std::string> tile_bytes(const Tile& tile) const;
  std::string path_;
};

}  // namespace keystile::ledger
