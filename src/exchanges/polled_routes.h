// Public routes that programs poll, and how old an answer may be that several of them share.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace keystile::exchanges {

inline constexpr size_t kPolledRoutes = 38;

// Of GET requests without a key; none: each is asked for itself.
std::optional<Millis> shared_for(std::string_view exchange, std::string_view path);

}  // namespace keystile::exchanges
