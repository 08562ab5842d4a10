#include <fmt/format.h>

#include "ledger/folder.h"
#include "ledger/ledger.h"

namespace keystile::ledger {
namespace {

using Visit = std::function<bool(Index, std::string_view)>;

// Visits [*next, size) from the bundles of a tree of `size`; false once visit has had enough.
Result<bool> read_bundles(const Folder& folder, uint64_t size, const Visit& visit, Index* next) {
  while (*next < size) {
    const Tile tile = tile_holding(Tile::kEntries, *next, size);
    Bundle bundle;
    KS_CHECK(folder.entries(tile, &bundle));
    for (size_t i = *next % kTileWidth; i < bundle.entries.size(); ++i) {
      if (!visit((*next)++, bundle.entries[i])) return false;
    }
  }
  return true;
}

}  // namespace

Status read(const std::string& path, Index first, const Visit& visit) {
  const Folder folder(path);
  Index next = first;
  // The writer may fold entries and rotate the journal between our two looks; then look again.
  constexpr int kLooks = 10;
  for (int look = 0; look < kLooks; ++look) {
    KS_TRY(const std::string note, folder.checkpoint_note());
    KS_TRY(const Checkpoint checkpoint, unverified_checkpoint(note));
    KS_TRY(const bool more, read_bundles(folder, checkpoint.size, visit, &next));
    if (!more) return {};
    JournalFile file;
    KS_CHECK(folder.journal(&file));
    const auto& records = file.journal.records;
    if (!records.empty() && records.front().index > checkpoint.size) continue;
    if (records.empty()) {
      KS_TRY(const std::string later, folder.checkpoint_note());
      if (later != note) continue;
    }
    for (const Record& record : records) {
      if (record.index == next && !visit(next++, record.entry)) return {};
    }
    return {};
  }
  return fail("ledger.corrupt", fmt::format("entry {} is in neither journal nor tiles", next),
              ErrorClass::kFatal);
}

}  // namespace keystile::ledger
