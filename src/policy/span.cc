#include "policy/span.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace keystile::policy {

std::optional<Millis> parse_span(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto count = parse_uint64(text.substr(0, text.size() - 1));
  const std::chrono::seconds unit{text.back() == 's'   ? 1
                                  : text.back() == 'm' ? 60
                                  : text.back() == 'h' ? 3600
                                  : text.back() == 'd' ? 86400
                                                       : 0};
  constexpr uint64_t kMost = 366 * 86400;
  if (!count || *count > kMost || unit.count() == 0) return std::nullopt;
  const auto span = unit * static_cast<int64_t>(*count);
  return span.count() <= int64_t{kMost} ? std::optional<Millis>(span) : std::nullopt;
}

std::string span_text(Millis span) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
  return seconds % 3600 == 0 ? fmt::format("{} h", seconds / 3600) : fmt::format("{} s", seconds);
}

}  // namespace keystile::policy
