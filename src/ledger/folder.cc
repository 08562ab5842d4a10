#include "ledger/folder.h"

#include <fmt/format.h>

#include "ledger/disk.h"

namespace keystile::ledger {
namespace {

tl::unexpected<Error> corrupt(std::string message) {
  return fail("ledger.corrupt", std::move(message), ErrorClass::kFatal);
}

// Damage, not absence, once the checkpoint says that the file must be there.
template <class T>
Result<T> must_exist(Result<T> read, std::string_view name) {
  if (!read && read.error().code == "ledger.missing") {
    return corrupt(fmt::format("{} is missing", name));
  }
  return read;
}

tl::unexpected<Error> too_short(const Tile& tile, size_t found) {
  return corrupt(fmt::format("{} was cut: it holds {} of {}", path_of(tile), found, tile.width));
}

}  // namespace

Result<std::string> Folder::checkpoint_note() const {
  auto note = read_file(path_to("checkpoint"));
  if (note || note.error().code != "ledger.missing") return note;
  if (exists(path_to("tile")) || exists(path_to("journal")))
    return corrupt("checkpoint is missing");
  return fail("ledger.missing",
              fmt::format("there is no ledger in {}: --realm or KEYSTILE_REALM names the realm's "
                          "folder",
                          path_));
}

Result<NoteKey> Folder::key() const {
  KS_TRY(std::string text, must_exist(read_file(path_to("log.vkey")), "log.vkey"));
  if (text.ends_with('\n')) text.pop_back();
  return parse_vkey(text);
}

Result<std::string> Folder::tile_bytes(const Tile& tile) const {
  auto bytes = read_file(path_to(path_of(tile)));
  if (!bytes && bytes.error().code == "ledger.missing" && !tile.full()) {
    const auto full = read_file(path_to(path_of({tile.level, tile.index})));
    if (full) return *full;
  }
  return must_exist(std::move(bytes), path_of(tile));
}

Result<std::vector<Hash>> Folder::hashes(const Tile& tile) const {
  KS_TRY(const std::string bytes, tile_bytes(tile));
  const size_t wanted = static_cast<size_t>(tile.width);
  if (bytes.size() < wanted * sizeof(Hash)) return too_short(tile, bytes.size() / sizeof(Hash));
  return split_hashes(std::string_view(bytes).substr(0, wanted * sizeof(Hash)));
}

Status Folder::entries(const Tile& tile, Bundle* out) const {
  KS_TRY(out->bytes, tile_bytes(tile));
  auto entries = split_bundle(out->bytes);
  if (!entries) return corrupt(fmt::format("{} was cut or changed", path_of(tile)));
  out->entries = std::move(*entries);
  const size_t wanted = static_cast<size_t>(tile.width);
  if (out->entries.size() < wanted) return too_short(tile, out->entries.size());
  out->entries.resize(wanted);
  return {};
}

Status Folder::journal(JournalFile* out) const {
  auto bytes = read_file(path_to(kRescue));
  if (!bytes && bytes.error().code == "ledger.missing") bytes = read_file(path_to("journal"));
  KS_TRY(out->bytes, must_exist(std::move(bytes), "journal"));
  KS_TRY(out->journal, scan_journal(out->bytes));
  return {};
}

SubtreeReader Folder::subtrees(uint64_t size) const {
  return [this, size](int height, uint64_t index) -> Result<Hash> {
    const int level = height / kTileHeight, within = height % kTileHeight;
    const uint64_t first = index << within;
    KS_TRY(const auto hashes, this->hashes(tile_holding(level, first, size)));
    return root_of(std::span(hashes).subspan(first % kTileWidth, size_t{1} << within));
  };
}

}  // namespace keystile::ledger
