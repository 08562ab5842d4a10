// Verifies with public keys that come as bare numbers, as SSH and FIDO write them, rather than as a
// SubjectPublicKeyInfo (keys.h). Nothing here is secret, so nothing is constant time.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile::crypto {

// Each check_… says whether a key may be relied on at all: "key.format".

// RFC 8032. 32 bytes of a point that a key pair has: of the main subgroup, written in one way.
Status check_ed25519(std::string_view point);
// signature: 64 bytes. False too for a key that check_ed25519() refuses.
bool verify_ed25519(std::string_view point, std::string_view message, std::string_view signature);

// FIPS 186-5 on P-256 with SHA-256. point: 65 bytes, uncompressed (SEC 1 section 2.3.3), on the
// curve.
Status check_p256(std::string_view point);
// signature: DER. A second spelling of the same numbers is refused.
bool verify_p256(std::string_view point, std::string_view message, std::string_view signature);
// r and s as big-endian numbers, in DER. Empty if they are too large to be a signature's.
std::string p256_signature(std::string_view r, std::string_view s);

// RFC 8017 section 8.2 (PKCS#1 v1.5). Big-endian numbers without leading zeros. The modulus has
// 3072 to 8192 bits, the exponent is that of FIPS 186-5 section A.1.1: odd, from 65537 to 64 bits.
enum class RsaHash { kSha256, kSha512 };
Status check_rsa(std::string_view modulus, std::string_view exponent);
// signature: as long as the modulus.
bool verify_rsa(std::string_view modulus, std::string_view exponent, RsaHash hash,
                std::string_view message, std::string_view signature);

}  // namespace keystile::crypto
