// A folder of its own for one test, gone with it.
#pragma once

#include <limits.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace keystile {

class TempFolder {
 public:
  TempFolder() {
    // mkdtemp(3) puts its own characters for the last six.
    path_ = (std::filesystem::temp_directory_path() / "keystile-test-XXXXXX").string();
    if (!::mkdtemp(path_.data())) std::abort();
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  // Of a folder that can be made, and into which only names of so many characters fit.
  std::string with_room_for(size_t characters) const {
    std::string path = path_;
    const size_t length = PATH_MAX - 2 - characters;  // of the end's NUL, and a '/'
    while (path.size() < length) {
      const size_t left = length - path.size() - 1;
      path += "/" + std::string(left > 202 ? 200 : left, 'x');
    }
    return path;
  }

 private:
  std::string path_;
};

}  // namespace keystile
