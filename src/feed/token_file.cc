#include "feed/token_file.h"

#include <fstream>
#include <sstream>

namespace keystile::feed {

std::optional<Result<Tokens>> TokenFile::changed() {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(path_, error);
  const Version now = error ? Version() : Version(written);
  if (seen_ == now) return std::nullopt;
  seen_ = now;
  if (!now) return Tokens();
  std::ifstream file(path_, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail("relay.tokens", "cannot read " + path_);
  return Tokens::parse(text.str(), path_);
}

}  // namespace keystile::feed
