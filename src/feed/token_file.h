// The file of tokens, which `keystile feed token` replaces while a relay runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "feed/tokens.h"

namespace keystile::feed {

class TokenFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  // The tokens, where the file is another than at the last call; none where it is not there.
  // "relay.tokens": it cannot be read.
  std::optional<Result<Tokens>> changed();

 private:
  // When it was written, in nanoseconds, and its inode: of two that were written within one tick of
  // the disk's clock the second one is another file. None: there is no file.
  using Version = std::optional<std::pair<int64_t, uint64_t>>;
  static Version version_of(const std::string& path);

  std::string path_;
  std::optional<Version> seen_;
};

}  // namespace keystile::feed
