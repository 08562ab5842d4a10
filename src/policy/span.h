// Lengths of time as policies write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace keystile::policy {

// "72h", "30m", "90s", "3d"; at most a year.
std::optional<Millis> parse_span(std::string_view text);
// For people: "72 h", "90 s".
std::string span_text(Millis span);

}  // namespace keystile::policy
