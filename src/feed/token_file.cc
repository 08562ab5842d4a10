#include "feed/token_file.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace keystile::feed {

std::optional<Result<Tokens>> TokenFile::changed() {
  const Version now = version_of(path_);
  if (seen_ == now) return std::nullopt;
  seen_ = now;
  if (!now) return Tokens();
  std::ifstream file(path_, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail("relay.tokens", "cannot read " + path_);
  return Tokens::parse(text.str(), path_);
}

TokenFile::Version TokenFile::version_of(const std::string& path) {
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0) return std::nullopt;
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  return std::pair<int64_t, uint64_t>(
      there.st_mtim.tv_sec * kNanosPerSecond + there.st_mtim.tv_nsec, there.st_ino);
}

}  // namespace keystile::feed
