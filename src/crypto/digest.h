// Hashes and comparison (FIPS 180-4, RFC 2104), thin over OpenSSL and libsodium.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace keystile::crypto {

// 32 raw bytes.
std::string sha256(std::string_view data);
std::string sha256(std::string_view a, std::string_view b);  // of a then b, without joining them
// The same as a value of its own, for what is kept and compared.
struct Digest : std::array<char, 32> {
  operator std::string_view() const { return {data(), size()}; }
};
Digest sha256_digest(std::string_view a, std::string_view b = {});
// 64 raw bytes.
std::string sha512(std::string_view data);
// 32 raw bytes. For keys that are not secret (salted digests); secrets use SigningKey.
std::string hmac_sha256(std::string_view key, std::string_view data);

// A secret key, taken in once: what it leaves of the key's two padded blocks (RFC 2104) is kept in
// locked memory, so that each message costs only its own bytes.
class HmacSha256 {
 public:
  HmacSha256() = default;
  // "secret.memory".
  static Result<HmacSha256> make(std::string_view key);
  // Only of one that was made.
  Digest operator()(std::string_view data) const;

 private:
  SecretBytes states_;  // inner, outer
};

// Constant time in the bytes; sizes may be seen.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace keystile::crypto
