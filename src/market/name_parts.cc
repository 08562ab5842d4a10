#include "market/name_parts.h"

#include <chrono>

#include "base/encoding.h"

namespace keystile::market {
namespace {

std::optional<unsigned> month_named(std::string_view name) {
  constexpr std::string_view kMonths = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
  const size_t at = name.size() == 3 ? kMonths.find(name) : kMonths.npos;
  if (at == kMonths.npos || at % 3 != 0) return std::nullopt;
  return static_cast<unsigned>(at / 3 + 1);
}

std::optional<int64_t> at_eight(uint64_t year, uint64_t month, uint64_t day) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(static_cast<int>(2000 + year)),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return duration_cast<microseconds>(sys_days(date).time_since_epoch() + hours(8)).count();
}

}  // namespace

std::optional<NameParts> split_name(std::string_view name) {
  NameParts parts;
  for (;;) {
    if (parts.count == parts.text.size()) return std::nullopt;
    const size_t end = name.find('-');
    parts.text[parts.count++] = name.substr(0, end);
    if (end == name.npos) return parts;
    name.remove_prefix(end + 1);
  }
}

std::optional<int64_t> read_expiration(std::string_view text) {
  if (text.size() < 6 || text.size() > 7) return std::nullopt;
  if (const auto digits = parse_uint64(text)) {
    if (text.size() != 6) return std::nullopt;
    return at_eight(*digits / 10000, *digits / 100 % 100, *digits % 100);
  }
  const auto year = parse_uint64(text.substr(text.size() - 2));
  const auto month = month_named(text.substr(text.size() - 5, 3));
  const auto day = parse_uint64(text.substr(0, text.size() - 5));
  if (!year || !month || !day) return std::nullopt;
  return at_eight(*year, *month, *day);
}

}  // namespace keystile::market
