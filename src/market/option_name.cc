#include "market/option_name.h"

#include <string>

#include "market/name_parts.h"

namespace keystile::market {
namespace {

bool read_strike(std::string_view text, Number* strike) {
  if (text.size() > 40) return false;
  std::string plain(text);
  const size_t point = plain.find('d');
  if (point != plain.npos) plain[point] = '.';
  return Number::parse(plain, strike) && !strike->is_negative();
}

}  // namespace

std::optional<OptionName> read_option_name(std::string_view name) {
  const auto parts = split_name(name);
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
