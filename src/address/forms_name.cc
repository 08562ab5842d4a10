#include <algorithm>
#include <array>

#include "address/forms.h"
#include "address/reasons.h"
#include "base/encoding.h"

namespace keystile::address {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Address unchecked(std::string_view text) { return {std::string(text), std::string(text), false}; }

// --- Hedera -------------------------------------------------------------------------------------

// HIP-15, for ledger 0x00, whose own bytes add nothing.
std::string hedera_checksum(std::string_view number) {
  constexpr uint64_t kThree = 26 * 26 * 26, kFive = kThree * 26 * 26;
  uint64_t weighted = 0;
  std::array<uint64_t, 2> sums{};  // of the even and of the odd positions
  for (size_t i = 0; i < number.size(); ++i) {
    const uint64_t digit = number[i] == '.' ? 10 : static_cast<uint64_t>(number[i] - '0');
    weighted = (weighted * 31 + digit) % kThree;
    sums[i % 2] = (sums[i % 2] + digit) % 11;
  }
  uint64_t value = (((number.size() % 5) * 11 + sums[0]) * 11 + sums[1]) * kThree + weighted;
  value = value % kFive * 1'000'003 % kFive;
  std::string letters(5, 'a');
  for (size_t i = letters.size(); i-- > 0; value /= 26) {
    letters[i] = static_cast<char>('a' + value % 26);
  }
  return letters;
}

// "0.0.123": three numbers below 2^63 without leading zeros.
bool is_entity(std::string_view text) {
  size_t parts = 0;
  while (true) {
    const size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    const auto number = parse_uint64(part);
    if (!number || *number >> 63 != 0 || (part.size() > 1 && part[0] == '0')) return false;
    ++parts;
    if (dot == text.npos) return parts == 3;
    text.remove_prefix(dot + 1);
  }
}

// --- NEAR ---------------------------------------------------------------------------------------

// nomicon.io, "Account ID rules": words of small letters and digits, with one of . - _ between two.
bool is_near_name(std::string_view text) {
  if (text.size() < 2 || text.size() > 64) return false;
  bool after_separator = true;
  for (const char c : text) {
    const bool separator = c == '.' || c == '-' || c == '_';
    if (!separator && !is_lower(c) && !is_digit(c)) return false;
    if (separator && after_separator) return false;
    after_separator = separator;
  }
  return !after_separator;
}

}  // namespace

Result<Address> read_hedera(std::string_view text, const FormRule&) {
  const size_t dash = text.find('-');
  const std::string_view entity = text.substr(0, dash);
  if (entity.size() > 64 || !is_entity(entity)) {
    return wrong_form("it is not three numbers with points between them, such as 0.0.123");
  }
  if (dash == text.npos) return unchecked(text);
  if (text.substr(dash + 1) != hedera_checksum(entity)) return wrong_checksum();
  return Address{std::string(entity), std::string(entity), true};
}

// A name, or a key: 64 hex digits, or 0x and 40 as Ethereum has them.
Result<Address> read_near(std::string_view text, const FormRule&) {
  if (!is_near_name(text)) {
    return wrong_form(
        "an account is 2 to 64 small letters and digits, with single points, dashes "
        "or underscores between");
  }
  return unchecked(text);
}

// docs.eosnetwork.com, "Account names": 1 to 12 of a to z, 1 to 5 and the point, which does not
// end it.
Result<Address> read_antelope(std::string_view text, const FormRule&) {
  const bool known = std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || (c >= '1' && c <= '5') || c == '.';
  });
  if (text.empty() || text.size() > 12 || !known || text.back() == '.') {
    return wrong_form("an account is 1 to 12 of the characters a to z, 1 to 5 and the point");
  }
  return unchecked(text);
}

}  // namespace keystile::address
