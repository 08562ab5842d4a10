#include "address/bech32.h"

#include <array>
#include <cctype>

#include "address/reasons.h"
#include "base/encoding.h"

namespace keystile::address {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::string_view kAlphabetRule = "this form has no 1, b, i or o after its prefix";
constexpr size_t kBech32Checksum = 6;
constexpr size_t kCashaddrChecksum = 8;
constexpr uint32_t kBech32mConstant = 0x2bc830a3;  // BIP-350; BIP-173 has 1

// One step of the division by the code's polynomial: `top` is the value shifted out.
template <class Word>
void shift_in(Word* state, Word value, int low_bits, const std::array<Word, 5>& generator) {
  const Word top = *state >> low_bits;
  *state = (*state & ((Word{1} << low_bits) - 1)) << 5 ^ value;
  for (size_t i = 0; i < generator.size(); ++i) {
    if (top >> i & 1) *state ^= generator[i];
  }
}

uint32_t bech32_polymod(std::string_view prefix, const std::vector<uint8_t>& values) {
  constexpr std::array<uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                               0x2a1462b3};
  uint32_t state = 1;
  const auto add = [&](uint32_t value) { shift_in(&state, value, 25, kGenerator); };
  for (const unsigned char c : prefix) add(c >> 5);
  add(0);
  for (const unsigned char c : prefix) add(c & 31);
  for (const uint8_t value : values) add(value);
  return state;
}

uint64_t cashaddr_polymod(std::string_view prefix, const std::vector<uint8_t>& values) {
  constexpr std::array<uint64_t, 5> kGenerator{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4,
                                               0xae2eabe2a8, 0x1e4f43e470};
  uint64_t state = 1;
  const auto add = [&](uint64_t value) { shift_in(&state, value, 35, kGenerator); };
  for (const unsigned char c : prefix) add(c & 31);
  add(0);
  for (const uint8_t value : values) add(value);
  return state ^ 1;
}

bool is_mixed_case(std::string_view text) {
  bool lower = false, upper = false;
  for (const unsigned char c : text) {
    lower |= std::islower(c) != 0;
    upper |= std::isupper(c) != 0;
  }
  return lower && upper;
}

// text from `at` on.
Result<std::vector<uint8_t>> values_of(std::string_view text, size_t at) {
  std::vector<uint8_t> values;
  for (; at < text.size(); ++at) {
    const size_t value = kAlphabet.find(to_lower_ascii(text.substr(at, 1)));
    if (value == kAlphabet.npos) return wrong_character(text, at, kAlphabetRule);
    values.push_back(static_cast<uint8_t>(value));
  }
  return values;
}

template <class Word>
void append_checksum(std::string* text, Word checksum, size_t size) {
  for (size_t i = size; i-- > 0;) *text += kAlphabet[checksum >> (5 * i) & 31];
}

void append_values(std::string* text, const std::vector<uint8_t>& values) {
  for (const uint8_t value : values) *text += kAlphabet[value];
}

}  // namespace

Result<Bech32> bech32_decode(std::string_view text, size_t longest) {
  if (text.size() > longest) return wrong_length("it is too long");
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] < 33 || text[i] > 126) return wrong_character(text, i, "copy the address again");
  }
  if (is_mixed_case(text)) return wrong_form("it mixes capital and small letters");
  const size_t separator = text.rfind('1');
  if (separator == text.npos || separator == 0) {
    return wrong_form("it has no prefix that ends with the digit 1");
  }
  if (text.size() - separator - 1 < kBech32Checksum) return wrong_length("it is too short");
  Bech32 content;
  content.prefix = to_lower_ascii(text.substr(0, separator));
  KS_TRY(content.values, values_of(text, separator + 1));
  const uint32_t remainder = bech32_polymod(content.prefix, content.values);
  if (remainder != 1 && remainder != kBech32mConstant) return wrong_checksum();
  content.kind = remainder == 1 ? Bech32Kind::kBech32 : Bech32Kind::kBech32m;
  content.values.resize(content.values.size() - kBech32Checksum);
  return content;
}

std::string bech32_encode(const Bech32& content) {
  std::string text = content.prefix + "1";
  append_values(&text, content.values);
  std::vector<uint8_t> padded = content.values;
  padded.resize(padded.size() + kBech32Checksum);
  const uint32_t constant = content.kind == Bech32Kind::kBech32 ? 1 : kBech32mConstant;
  append_checksum(&text, bech32_polymod(content.prefix, padded) ^ constant, kBech32Checksum);
  return text;
}

Result<std::vector<uint8_t>> cashaddr_decode(std::string_view text, std::string_view prefix) {
  if (is_mixed_case(text)) return wrong_form("it mixes capital and small letters");
  const size_t colon = text.find(':');
  if (colon != text.npos && to_lower_ascii(text.substr(0, colon)) != prefix) {
    return wrong_network("the prefix before the colon is another one");
  }
  KS_TRY(std::vector<uint8_t> values, values_of(text, colon == text.npos ? 0 : colon + 1));
  if (values.size() <= kCashaddrChecksum) return wrong_length("it is too short");
  if (cashaddr_polymod(prefix, values) != 0) return wrong_checksum();
  values.resize(values.size() - kCashaddrChecksum);
  return values;
}

std::string cashaddr_encode(const std::vector<uint8_t>& values, std::string_view prefix) {
  std::string text = std::string(prefix) + ":";
  append_values(&text, values);
  std::vector<uint8_t> padded = values;
  padded.resize(padded.size() + kCashaddrChecksum);
  append_checksum(&text, cashaddr_polymod(prefix, padded), kCashaddrChecksum);
  return text;
}

Result<std::string> bytes_of(const std::vector<uint8_t>& values) {
  std::string bytes;
  unsigned bits = 0, count = 0;
  for (const uint8_t value : values) {
    bits = (bits << 5 | value) & 0xfff;
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xff);
    }
  }
  if (count >= 5 || (bits & ((1u << count) - 1)) != 0) {
    return wrong_length("its last character is one too many");
  }
  return bytes;
}

}  // namespace keystile::address
