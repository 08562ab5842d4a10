#include "ledger/audit.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "ledger/aside.h"
#include "ledger/disk.h"
#include "ledger/folder.h"
#include "ledger/proven.h"

namespace keystile::ledger {
namespace {

tl::unexpected<Error> hopeless(std::string message) {
  return fail("ledger.corrupt",
              std::move(message) + "; put it back from a copy: `keystile ledger fsck` tells more",
              ErrorClass::kFatal);
}

class Auditor {
 public:
  Auditor(const Folder& folder, const NoteKey& key, Proven proven, Index covered,
          const Ledger::Visit& visit)
      : folder_(folder), key_(key), proven_(std::move(proven)), visit_(visit) {
    audit_.covered = covered;
  }

  Result<Audit> run() {
    KS_CHECK(read_journal());
    for (uint64_t bundle = 0; bundle * kTileWidth < audit_.covered; ++bundle) {
      KS_CHECK(check_bundle(tile_holding(Tile::kEntries, bundle * kTileWidth, audit_.covered)));
    }
    KS_CHECK(check_journal());
    KS_CHECK(check_aside());
    const auto& tiles = proven_.damage();
    audit_.damage.insert(audit_.damage.end(), tiles.begin(), tiles.end());
    return std::move(audit_);
  }

 private:
  using Found = std::vector<std::optional<std::string_view>>;

  Status read_journal();
  Status check_bundle(const Tile& tile);
  void search(const Tile& tile, std::string_view bytes, const std::vector<Hash>& leaves,
              Found* found) const;
  void note_lost(const Tile& tile, const Found& found, std::string_view why);
  Status check_journal();
  Status check_aside();
  bool continues(const AsideFile& aside) const;
  void lose(std::string file, Index first, Index end, std::string what) {
    if (first < end) {
      audit_.damage.push_back({std::move(file), Damage::Entries{first, end - 1}, std::move(what)});
    }
  }

  const Folder& folder_;
  const NoteKey& key_;
  Proven proven_;
  const Ledger::Visit& visit_;
  std::string journal_bytes_;
  SalvagedJournal journal_;
  std::map<Index, const Record*> in_journal_;
  Audit audit_;
};

Status Auditor::read_journal() {
  auto bytes = read_file(folder_.path_to(kRescue));
  if (!bytes && bytes.error().code == "ledger.missing") {
    bytes = read_file(folder_.path_to("journal"));
  }
  if (!bytes && bytes.error().code == "ledger.missing") {
    return hopeless(
        "journal is missing, and which entries it held beyond the checkpoint's cannot "
        "be told");
  }
  KS_TRY(journal_bytes_, std::move(bytes));
  journal_ = salvage_journal(journal_bytes_);
  if (!journal_.end_known) {
    return hopeless(
        fmt::format("journal was changed from byte {} to its end, and how many "
                    "entries it held there cannot be told",
                    *journal_.broken_at));
  }
  for (const Record& record : journal_.records) in_journal_[record.index] = &record;
  return {};
}

Status Auditor::check_bundle(const Tile& tile) {
  const Index first = tile.index * kTileWidth;
  const std::vector<Hash>* leaves = proven_.leaves(tile.index);
  Bundle bundle;
  const Status read = folder_.entries(tile, &bundle);
  Found found(static_cast<size_t>(tile.width));
  bool whole = leaves && bundle.entries.size() == found.size();
  for (size_t i = 0; leaves && i < bundle.entries.size(); ++i) {
    if (leaf_hash(bundle.entries[i]) == (*leaves)[i]) found[i] = bundle.entries[i];
    whole = whole && found[i];
  }
  if (!whole) {
    if (leaves) search(tile, bundle.bytes, *leaves, &found);
    note_lost(tile, found,
              !leaves                         ? "cannot be proven: hash tiles are damaged too"
              : !read && bundle.bytes.empty() ? "is missing"
                                              : "was cut or changed");
  }
  for (size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) continue;
    KS_CHECK(visit_(first + i, *found[i], false));
  }
  return {};
}

// Wherever they stand in the bundle now; and in the journal, which keeps entries for a while after
// they were folded.
void Auditor::search(const Tile& tile, std::string_view bytes, const std::vector<Hash>& leaves,
                     Found* found) const {
  const Index first = tile.index * kTileWidth;
  for (size_t i = 0; i < found->size(); ++i) {
    if ((*found)[i]) continue;
    const auto copy = in_journal_.find(first + i);
    if (copy != in_journal_.end() && copy->second->leaf == leaves[i]) {
      (*found)[i] = copy->second->entry;
      continue;
    }
    const size_t at = bytes.find(fmt::format("{{\"index\":{},", first + i));
    if (at == bytes.npos || at < 2) continue;
    const size_t length = static_cast<unsigned char>(bytes[at - 2]) * 256u +
                          static_cast<unsigned char>(bytes[at - 1]);
    const std::string_view entry = bytes.substr(at, length);
    if (leaf_hash(entry) == leaves[i]) (*found)[i] = entry;
  }
}

void Auditor::note_lost(const Tile& tile, const Found& found, std::string_view why) {
  const Index first = tile.index * kTileWidth;
  bool any = false;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i]) continue;
    const size_t begin = i;
    while (i + 1 < found.size() && !found[i + 1]) ++i;
    lose(path_of(tile), first + begin, first + i + 1, std::string(why));
    any = true;
  }
  if (!any) audit_.damage.push_back({path_of(tile), {}, std::string(why)});
}

Status Auditor::check_journal() {
  Index next = audit_.covered;
  const size_t before = audit_.damage.size();
  for (const Record& record : journal_.records) {
    if (record.index < audit_.covered) {
      const auto* leaves = proven_.leaves(record.index / kTileWidth);
      if (leaves && (*leaves)[record.index % kTileWidth] != record.leaf) {
        audit_.damage.push_back(
            {"journal", {}, fmt::format("holds another entry {} than the tiles", record.index)});
      }
      continue;
    }
    lose("journal", next, record.index, "was changed or cut");
    KS_CHECK(visit_(record.index, record.entry, false));
    next = record.index + 1;
  }
  audit_.size = std::max(audit_.covered, journal_.end.value_or(0));
  lose("journal", next, audit_.size, "was changed or cut");
  if (journal_.broken_at && before == audit_.damage.size()) {
    audit_.damage.push_back(
        {"journal", {}, fmt::format("was changed at byte {}", *journal_.broken_at)});
  }
  return {};
}

// That it is by the ledger's key and says nothing else than the journal.
bool Auditor::continues(const AsideFile& aside) const {
  for (const Record& record : aside.records) {
    if (record.index >= audit_.size) continue;
    const auto copy = in_journal_.find(record.index);
    if (copy == in_journal_.end() || copy->second->leaf != record.leaf) return false;
  }
  return true;
}

Status Auditor::check_aside() {
  audit_.end = audit_.size;
  AsideFile aside;
  const Status read = read_aside(folder_, key_, &aside);
  if (!read && read.error().code == "ledger.missing") return {};
  if (!read || !continues(aside)) {
    audit_.strange_aside = true;
    audit_.damage.push_back({kAside,
                             {},
                             read ? "holds other entries than the journal at the same places"
                                  : "is not what this ledger's key has signed"});
    return {};
  }
  for (const Record& record : aside.records) {
    if (record.index < audit_.size) continue;
    lose("journal", audit_.end, record.index, "ends too early: it is an older copy");
    KS_CHECK(visit_(record.index, record.entry, true));
    audit_.end = record.index + 1;
  }
  return {};
}

}  // namespace

std::string to_string(const Damage& damage) {
  if (!damage.lost) return damage.file + " " + damage.what;
  const auto [first, last] = *damage.lost;
  return fmt::format(
      "{} {} lost: {} {}",
      first == last ? fmt::format("entry {}", first) : fmt::format("entries {} to {}", first, last),
      first == last ? "is" : "are", damage.file, damage.what);
}

Result<Audit> audit(const Folder& folder, const NoteKey& key, const Ledger::Visit& visit) {
  KS_TRY(const std::string note, folder.checkpoint_note());
  const auto checkpoint = open_checkpoint(note, key);
  if (!checkpoint) return hopeless("checkpoint: " + checkpoint.error().message);
  KS_TRY(Proven proven, Proven::open(folder, *checkpoint));
  return Auditor(folder, key, std::move(proven), checkpoint->size, visit).run();
}

}  // namespace keystile::ledger
