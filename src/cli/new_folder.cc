#include "cli/new_folder.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace keystile::cli {

namespace fs = std::filesystem;

Status NewFolder::check_free(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error) || fs::is_empty(path, error)) return {};
  return fail("init.folder", fmt::format("{} is not empty: name a new folder", path));
}

Result<NewFolder> NewFolder::make(const std::string& path) {
  KS_CHECK(check_free(path));
  std::error_code error;
  const bool was_there = fs::exists(path, error);
  fs::create_directories(path, error);
  if (error) return fail("init.folder", fmt::format("cannot make {}: {}", path, error.message()));
  NewFolder made(path, was_there);
  fs::permissions(path, fs::perms::owner_all, error);
  if (error) return fail("init.folder", fmt::format("cannot make {}: {}", path, error.message()));
  return made;
}

NewFolder::NewFolder(NewFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), was_there_(other.was_there_) {}

NewFolder::~NewFolder() {
  std::error_code ignored;
  if (path_.empty()) return;
  if (!was_there_) {
    fs::remove_all(path_, ignored);
    return;
  }
  for (const auto& each : fs::directory_iterator(path_, ignored)) fs::remove_all(each, ignored);
}

}  // namespace keystile::cli
