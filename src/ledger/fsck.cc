#include "ledger/fsck.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/disk.h"
#include "ledger/folder.h"

namespace keystile::ledger {
namespace {

class Places {
 public:
  Places(const Folder& folder, uint64_t size) : folder_(folder), size_(size) {}

  std::vector<Place> find() {
    for (int level = 0; level <= kMaxTileLevel; ++level) {
      for_each_tile(level, [this](const Tile& tile) { check_hashes(tile); });
    }
    for_each_tile(Tile::kEntries, [this](const Tile& tile) { check_bundle(tile); });
    check_journal();
    return std::move(places_);
  }

 private:
  template <class Check>
  void for_each_tile(int level, const Check& check) {
    const uint64_t full = full_tiles(level, size_);
    for (uint64_t i = 0; i < full; ++i) check(Tile{level, i});
    if (const int width = partial_width(level, size_)) check(Tile{level, full, width});
  }

  void add(const Tile& tile, std::optional<uint64_t> offset, std::optional<Index> entry,
           std::string what) {
    places_.push_back({path_of(tile), offset, entry, std::move(what)});
  }

  // A tile against those below it; the lowest level is compared with the entries.
  void check_hashes(const Tile& tile) {
    const auto hashes = folder_.hashes(tile);
    if (!hashes) return add(tile, {}, {}, hashes.error().message);
    if (tile.level == 0) return;
    for (size_t i = 0; i < hashes->size(); ++i) {
      const auto below = folder_.hashes({tile.level - 1, tile.index * kTileWidth + i});
      if (below && root_of(*below) != (*hashes)[i]) {
        return add(tile, i * sizeof(Hash), {},
                   fmt::format("hash {} is not that of {}", i,
                               path_of({tile.level - 1, tile.index * kTileWidth + i})));
      }
    }
  }

  void check_bundle(const Tile& tile) {
    const Index first = tile.index * kTileWidth;
    Bundle bundle;
    const Status read = folder_.entries(tile, &bundle);
    if (!read && bundle.bytes.empty()) return add(tile, {}, first, read.error().message);
    const auto leaves = folder_.hashes({0, tile.index, tile.width});
    std::string_view rest = bundle.bytes;
    for (size_t i = 0; i < static_cast<size_t>(tile.width); ++i) {
      const auto at = static_cast<uint64_t>(bundle.bytes.size() - rest.size());
      const auto entry = take_entry(&rest);
      if (!entry) return add(tile, at, first + i, "the bundle ends inside or before this entry");
      if (leaves && leaf_hash(*entry) != (*leaves)[i]) {
        return add(tile, at, first + i,
                   fmt::format("the entry is not the one that hash {} of {} stands for", i,
                               path_of({0, tile.index, tile.width})));
      }
      if (!entry->starts_with(fmt::format("{{\"index\":{},\"time\":\"", first + i))) {
        return add(tile, at, first + i, "the entry does not begin with its index and time");
      }
    }
  }

  static std::optional<std::string_view> take_entry(std::string_view* bytes) {
    if (bytes->size() < 2) return std::nullopt;
    const size_t size =
        static_cast<unsigned char>((*bytes)[0]) * 256u + static_cast<unsigned char>((*bytes)[1]);
    if (bytes->size() - 2 < size) return std::nullopt;
    const std::string_view entry = bytes->substr(2, size);
    bytes->remove_prefix(2 + size);
    return entry;
  }

  void check_journal() {
    const std::string name = exists(folder_.path_to(kRescue)) ? kRescue : "journal";
    JournalFile file;
    const Status read = folder_.journal(&file);
    if (read) return;
    const size_t whole = whole_journal_bytes(file.bytes);
    places_.push_back({name, file.bytes.empty() ? std::nullopt : std::optional<uint64_t>(whole),
                       std::nullopt, read.error().message});
  }

  const Folder& folder_;
  const uint64_t size_;
  std::vector<Place> places_;
};

struct Left {
  const char* name;
  const char* note;
};
const Left kLeft[] = {
    {kRescue,
     "somebody changed the journal while it was written; this is what should be in it. The "
     "next start, or `keystile ledger mend`, makes it the journal"},
    {kFoundJournal,
     "what once stood in the journal's place and was not written by Keystile, kept "
     "as evidence; it may be removed"},
    {kAside,
     "what was recorded while the ledger was open though damaged; the next start that finds it "
     "mended puts this behind the journal. Keep it"},
    {kFoundAside,
     "stood in the place of journal.aside and was not taken over: not signed by this ledger, or "
     "other entries than the journal's. Kept as evidence"},
    {"checkpoint.tmp", "left by a crash; the next checkpoint replaces it"},
    {"journal.tmp", "left by a crash; the next start replaces it"},
};

}  // namespace

Result<Fsck> fsck(const std::string& path, std::string_view vkey) {
  Fsck result;
  KS_TRY(result.verified, verify(path, vkey));
  const Folder folder(path);
  result.places = Places(folder, result.verified.size).find();
  for (const Left& left : kLeft) {
    if (exists(folder.path_to(left.name))) {
      result.notes.push_back(fmt::format("{}: {}", left.name, left.note));
    }
  }
  if (!exists(folder.path_to("checkpoint"))) {
    result.places.push_back({"checkpoint", {}, {}, "checkpoint is missing"});
  }
  if (result.verified.torn_bytes > 0) {
    result.notes.push_back(
        fmt::format("the last {} bytes of the journal are an unfinished entry: a "
                    "crash, or being written now",
                    result.verified.torn_bytes));
  }
  return result;
}

}  // namespace keystile::ledger
