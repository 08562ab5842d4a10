// The file of tokens, which `keystile feed token` replaces while a relay runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "feed/tokens.h"

namespace keystile::feed {

class TokenFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  // The tokens, where the file is another than at the last call; none where it is not there.
  // "relay.tokens": it cannot be read.
  std::optional<Result<Tokens>> changed();

 private:
  using Version = std::optional<std::filesystem::file_time_type>;  // none: there is no file

  std::string path_;
  std::optional<Version> seen_;
};

}  // namespace keystile::feed
