// A folder that a command makes whole or not at all, so that the next try may use its name.
#pragma once

#include <string>

#include "base/result.h"

namespace keystile::cli {

class NewFolder {
 public:
  // "init.folder" if there is something in it; nothing is made.
  static Status check_free(const std::string& path);
  // Makes it, for nobody else to look into. "init.folder" as well if it cannot be made.
  static Result<NewFolder> make(const std::string& path);

  NewFolder(NewFolder&& other) noexcept;
  NewFolder& operator=(NewFolder&&) = delete;
  // Unless it was kept, takes back all that is in it, and it where it was not there before.
  ~NewFolder();
  void keep() { path_.clear(); }

 private:
  NewFolder(std::string path, bool was_there) : path_(std::move(path)), was_there_(was_there) {}

  std::string path_;  // empty: nothing to take back
  bool was_there_ = false;
};

}  // namespace keystile::cli
