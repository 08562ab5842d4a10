// What a hex digit is worth.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace keystile {

inline constexpr char kHexDigits[] = "0123456789abcdef";

// By the byte; -1: it is no hex digit.
inline constexpr std::array<int8_t, 256> kHexValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (int8_t value = 0; value < 16; ++value) {
    const auto digit = static_cast<unsigned char>(kHexDigits[value]);
    values[digit] = value;
    if (value > 9) values[digit - 'a' + 'A'] = value;
  }
  return values;
}();

// Of either case; -1: it is none.
constexpr int hex_digit(char c) { return kHexValues[static_cast<unsigned char>(c)]; }

}  // namespace keystile
