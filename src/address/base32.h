// RFC 4648 base 32 without padding, and the CRC-16 that Stellar and TON end their addresses with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile::address {

// Capital letters and 2 to 7 only; unused bits must be zero, so that there is one spelling.
Result<std::string> base32_decode(std::string_view text);

// x^16 + x^12 + x^5 + 1, from zero, no reflection (XMODEM).
uint16_t crc16(std::string_view data);

}  // namespace keystile::address
