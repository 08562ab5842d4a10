// A folder of its own for one test, gone with it.
#pragma once

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

 private:
  std::string path_;
};

}  // namespace keystile
