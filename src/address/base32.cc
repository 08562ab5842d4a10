#include "address/base32.h"

#include <vector>

#include "address/bech32.h"
#include "address/reasons.h"

namespace keystile::address {

Result<std::string> base32_decode(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::vector<uint8_t> values;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t value = kAlphabet.find(text[i]);
    if (value == kAlphabet.npos) {
      return wrong_character(text, i, "this form has capital letters and the digits 2 to 7 only");
    }
    values.push_back(static_cast<uint8_t>(value));
  }
  return bytes_of(values);
}

uint16_t crc16(std::string_view data) {
  unsigned crc = 0;
  for (const unsigned char byte : data) {
    crc ^= unsigned{byte} << 8;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return static_cast<uint16_t>(crc);
}

}  // namespace keystile::address
