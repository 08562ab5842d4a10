#include "market/option_name.h"

#include <array>
#include <chrono>
#include <string>

#include "base/encoding.h"

namespace keystile::market {
namespace {

// The name's parts between '-'. Names have at most five.
struct Parts {
  std::array<std::string_view, 5> text;
  size_t count = 0;
};

std::optional<Parts> split(std::string_view name) {
  Parts parts;
  for (;;) {
    if (parts.count == parts.text.size()) return std::nullopt;
    const size_t end = name.find('-');
    parts.text[parts.count++] = name.substr(0, end);
    if (end == name.npos) return parts;
    name.remove_prefix(end + 1);
  }
}

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

// "28APR23", "6APR21" or "220624".
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

bool read_strike(std::string_view text, Number* strike) {
  if (text.size() > 40) return false;
  std::string plain(text);
  const size_t point = plain.find('d');
  if (point != plain.npos) plain[point] = '.';
  return Number::parse(plain, strike) && !strike->is_negative();
}

}  // namespace

std::optional<OptionName> read_option_name(std::string_view name) {
  const auto parts = split(name);
  if (!parts || parts->count < 4) return std::nullopt;
  // The date is the second part, or on OKX, where the second is a currency, the third.
  size_t at = 1;
  auto expiration = read_expiration(parts->text[at]);
  if (!expiration) expiration = read_expiration(parts->text[++at]);
  if (!expiration || at + 2 >= parts->count) return std::nullopt;
  OptionName option;
  option.expiration_us = *expiration;
  const std::string_view kind = parts->text[at + 2];
  if (!read_strike(parts->text[at + 1], &option.strike_price)) return std::nullopt;
  if (kind != "C" && kind != "P") return std::nullopt;
  option.is_put = kind == "P";
  return option;
}

}  // namespace keystile::market
