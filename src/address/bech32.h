// The two base-32 alphabets with a BCH checksum: Bech32 and Bech32m (BIP-173, BIP-350), and
// CashAddr (the Bitcoin Cash specification of 2017), whose checksum is eight characters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace keystile::address {

enum class Bech32Kind { kBech32, kBech32m };

struct Bech32 {
  std::string prefix;           // lower case
  std::vector<uint8_t> values;  // 0 to 31 each, without the checksum
  Bech32Kind kind = Bech32Kind::kBech32;
};

// BIP-173 allows 90 characters; Cardano's addresses are longer (CIP-19).
inline constexpr size_t kBech32Longest = 90;
Result<Bech32> bech32_decode(std::string_view text, size_t longest = kBech32Longest);
std::string bech32_encode(const Bech32& content);

// The values without the checksum. With or without the prefix and its colon.
Result<std::vector<uint8_t>> cashaddr_decode(std::string_view text, std::string_view prefix);
std::string cashaddr_encode(const std::vector<uint8_t>& values, std::string_view prefix);

// Groups of five bits as bytes; what is left over must be fewer than five bits, all zero.
Result<std::string> bytes_of(const std::vector<uint8_t>& values);

}  // namespace keystile::address
