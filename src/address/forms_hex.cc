#include <algorithm>

#include "address/forms.h"
#include "address/reasons.h"
#include "base/encoding.h"
#include "crypto/chain_hashes.h"

namespace keystile::address {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper_hex(char c) { return c >= 'A' && c <= 'F'; }
bool is_lower_hex(char c) { return c >= 'a' && c <= 'f'; }

// The digits after 0x, all of them hex and as many as told.
Result<std::string_view> hex_digits(std::string_view text, size_t count) {
  if (!text.starts_with("0x")) return wrong_form("it does not begin with 0x");
  for (size_t i = 2; i < text.size(); ++i) {
    if (!is_digit(text[i]) && !is_upper_hex(text[i]) && !is_lower_hex(text[i])) {
      return wrong_character(text, i, "after 0x there are only the digits 0 to 9 and a to f");
    }
  }
  text.remove_prefix(2);
  if (text.size() != count) {
    return wrong_length("it has " + std::to_string(text.size()) + " digits after 0x instead of " +
                        std::to_string(count));
  }
  return text;
}

// EIP-55: a letter is a capital where the hash of the lower-case digits has a digit of 8 or more.
std::string with_checksum(std::string digits) {
  const std::string hash = hex_encode(crypto::keccak256(digits));
  for (size_t i = 0; i < digits.size(); ++i) {
    if (is_lower_hex(digits[i]) && hash[i] >= '8') {
      digits[i] = static_cast<char>(digits[i] - 'a' + 'A');
    }
  }
  return digits;
}

uint32_t crc32(std::string_view data) {
  uint32_t crc = ~uint32_t{0};
  for (const unsigned char byte : data) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
  }
  return ~crc;
}

}  // namespace

// Digits of one case carry no checksum, as before the EIP: taken, and marked.
Result<Address> read_evm(std::string_view text, const FormRule&) {
  KS_TRY(const std::string_view digits, hex_digits(text, 40));
  const std::string lower = to_lower_ascii(digits);
  const std::string checked = with_checksum(lower);
  const bool one_case = std::none_of(digits.begin(), digits.end(), is_upper_hex) ||
                        std::none_of(digits.begin(), digits.end(), is_lower_hex);
  if (digits != checked && !one_case) return wrong_checksum();
  return Address{
      .text = "0x" + checked, .destination = "0x" + lower, .has_checksum = digits == checked};
}

Result<Address> read_hex32(std::string_view text, const FormRule&) {
  KS_TRY(const std::string_view digits, hex_digits(text, 64));
  const std::string spelled = "0x" + to_lower_ascii(digits);
  return Address{.text = spelled, .destination = spelled, .has_checksum = false};
}

// internetcomputer.org, ledger: "account identifier".
Result<Address> read_icp(std::string_view text, const FormRule&) {
  const auto bytes = hex_decode(text);
  if (!bytes || bytes->size() != 32) {
    return wrong_form("it is not 64 hex digits (an account identifier; a principal will not do)");
  }
  uint32_t stated = 0;
  for (size_t i = 0; i < 4; ++i) stated = stated << 8 | static_cast<unsigned char>((*bytes)[i]);
  if (stated != crc32(std::string_view(*bytes).substr(4))) return wrong_checksum();
  const std::string spelled = to_lower_ascii(text);
  return Address{.text = spelled, .destination = spelled};
}

}  // namespace keystile::address
