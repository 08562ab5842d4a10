#include "cli/time_text.h"

namespace keystile::cli {

Result<WallTime> parse_time(std::string text) {
  constexpr std::string_view kWithout = "2027-01-31T00:00:00Z";
  if (text.size() == kWithout.size()) text.insert(text.size() - 1, ".000");
  return parse_iso8601(text);
}

}  // namespace keystile::cli
