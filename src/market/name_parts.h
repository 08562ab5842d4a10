// What the names of instruments are made of, on all exchanges but those that write a pair as one
// word.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace keystile::market {

// What stands between the '-' of a name.
struct NameParts {
  std::array<std::string_view, 5> text;  // names have at most five
  size_t count = 0;                      // at least 1
};
std::optional<NameParts> split_name(std::string_view name);

// The day on which a contract ends, "28APR23", "6APR21" or "220624", at 08:00 UTC, as on all
// exchanges: microseconds since 1970.
std::optional<int64_t> read_expiration(std::string_view text);

}  // namespace keystile::market
