// Hashes and comparison (FIPS 180-4, RFC 2104), thin over OpenSSL and libsodium.
#pragma once

#include <string>
#include <string_view>

namespace keystile::crypto {

// 32 raw bytes.
std::string sha256(std::string_view data);
std::string sha256(std::string_view a, std::string_view b);  // of a then b, without joining them
// 32 raw bytes. For keys that are not secret (salted digests); secrets use SigningKey.
std::string hmac_sha256(std::string_view key, std::string_view data);
// Constant time in the bytes; sizes may be seen.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace keystile::crypto
