#include "exchanges/okx/instrument_name.h"

#include <algorithm>
#include <vector>

namespace keystile::exchanges::okx {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find('-');
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_date(std::string_view text) { return text.size() == 6 && all(text, is_digit); }

}  // namespace

Result<InstrumentName> parse_instrument_name(std::string_view name) {
  const auto unknown = [] {
    return fail("parameter.value",
                "the instrument name is of no kind that Keystile knows (BTC-USDT, BTC-USDT-SWAP, "
                "BTC-USD-250808, BTC-USD-250808-60000-C)");
  };
  if (name.size() > 64) return unknown();
  const std::vector<std::string_view> parts = split(name);
  if (parts.size() < 2 || !all(parts[0], is_name) || !all(parts[1], is_name)) return unknown();
  InstrumentName result{Product::kSpot, std::string(parts[0]), std::string(parts[1])};
  if (parts.size() == 2) return result;
  if (parts.size() == 3 && (parts[2] == "SWAP" || is_date(parts[2]))) {
    result.product = result.quote == "USD" ? Product::kInverse : Product::kLinear;
    return result;
  }
  const auto is_strike = [](char c) { return is_digit(c) || c == '.'; };
  if (parts.size() == 5 && is_date(parts[2]) && all(parts[3], is_strike) &&
      (parts[4] == "C" || parts[4] == "P")) {
    result.product = Product::kOption;
    return result;
  }
  return unknown();
}

}  // namespace keystile::exchanges::okx
