// Base58: a number written with 58 letters and digits, a leading zero byte as the first of them.
// The alphabets are those of Bitcoin Core (src/base58.cpp) and of XRP Ledger (xrpl.org,
// "base58 encodings"); Base58Check adds the first four bytes of a double SHA-256.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile::address {

inline constexpr std::string_view kBitcoinAlphabet =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
inline constexpr std::string_view kXrpAlphabet =
    "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

// "address.character", "address.length" (more than 128 characters: no address is).
Result<std::string> base58_decode(std::string_view text,
                                  std::string_view alphabet = kBitcoinAlphabet);
// The payload without its checksum. Also "address.checksum".
Result<std::string> base58check_decode(std::string_view text,
                                       std::string_view alphabet = kBitcoinAlphabet);

std::string base58_encode(std::string_view bytes, std::string_view alphabet = kBitcoinAlphabet);
std::string base58check_encode(std::string_view payload,
                               std::string_view alphabet = kBitcoinAlphabet);

}  // namespace keystile::address
