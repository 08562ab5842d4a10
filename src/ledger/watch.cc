#include "ledger/watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <optional>

namespace keystile::ledger {
namespace {

constexpr int kPatrolFiles = 64;  // looked for each time

tl::unexpected<Error> damaged(const std::string& path, std::string_view what) {
  return fail("ledger.damaged",
              fmt::format("{} {} while the ledger was being written. Put it back, or run "
                          "`keystile ledger mend` to write it anew from memory where that can be "
                          "done; cancels go on",
                          path, what),
              ErrorClass::kRetryable);
}

std::optional<struct stat> stat_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return found;
}

std::optional<struct stat> stat_of(const File& file) {
  struct stat found {};
  if (::fstat(file.fd(), &found) != 0) return std::nullopt;
  return found;
}

}  // namespace

Status in_place(const File& file, const std::string& path) {
  const auto ours = stat_of(file), there = stat_of(path);
  if (!there) return damaged(path, ours && ours->st_nlink == 0 ? "was deleted" : "was renamed");
  if (!ours || there->st_ino != ours->st_ino || there->st_dev != ours->st_dev) {
    return damaged(path, "was replaced");
  }
  return {};
}

Status in_place(const File& file, const std::string& path, uint64_t bytes) {
  KS_CHECK(in_place(file, path));
  const auto ours = stat_of(file);
  const auto size = ours ? static_cast<uint64_t>(ours->st_size) : 0;
  if (size == bytes) return {};
  return damaged(path, fmt::format("has {} bytes instead of {}", size, bytes));
}

bool is_whole(const File& file, uint64_t bytes) {
  const auto ours = stat_of(file);
  return ours && ours->st_nlink > 0 && static_cast<uint64_t>(ours->st_size) == bytes;
}

Status Watch::start() {
  KS_TRY(open_folder_, open_file(folder_.path_to("."), O_RDONLY | O_DIRECTORY));
  return {};
}

Status Watch::folder_in_place() const { return in_place(open_folder_, folder_.path_to("")); }

Status Watch::look_at_text(const char* name, const std::string& expected) const {
  const std::string path = folder_.path_to(name);
  const auto text = read_file(path);
  if (!text) return damaged(path, "was deleted or cannot be read");
  return *text == expected ? Status() : damaged(path, "was changed");
}

Status Watch::look(const std::string& vkey, const std::string& checkpoint,
                   const Frontier& frontier) {
  KS_CHECK(folder_in_place());
  KS_CHECK(look_at_text("log.vkey", vkey));
  KS_CHECK(look_at_text("checkpoint", checkpoint));
  for (const TileFile& file : frontier.partial()) {
    const std::string path = folder_.path_to(path_of(file.tile));
    const auto there = stat_of(path);
    if (!there) return damaged(path, "was deleted");
    if (static_cast<size_t>(there->st_size) != file.bytes.size()) return damaged(path, "was cut");
  }
  return patrol(frontier.size());
}

Status Watch::patrol(uint64_t size) {
  for (int looked = 0; looked < kPatrolFiles;) {
    if (next_.index >= full_tiles(next_.level, size)) {
      next_ = {next_.level == kMaxTileLevel ? Tile::kEntries : next_.level + 1, 0};
      if (next_.level == Tile::kEntries) return {};
      continue;
    }
    const std::string path = folder_.path_to(path_of(next_));
    if (!exists(path)) return damaged(path, "was deleted");
    ++next_.index;
    ++looked;
  }
  return {};
}

}  // namespace keystile::ledger
