// The hashes that blockchains check their addresses with, where they are not SHA-256. Of public
// data only: none is constant in time.
#pragma once

#include <string>
#include <string_view>

namespace keystile::crypto {

// Keccak with 256 bits out, as Ethereum uses it: SHA-3 as it was before FIPS 202 changed its
// padding. 32 raw bytes.
std::string keccak256(std::string_view data);
// SHA-512/256 (FIPS 180-4 5.3.6.2), as Algorand uses it. 32 raw bytes.
std::string sha512_256(std::string_view data);
// BLAKE2b (RFC 7693) with 512 bits out, as SS58 uses it. 64 raw bytes.
std::string blake2b_512(std::string_view data);

// The sponge of FIPS 202 with rate 1088 and 256 bits out. suffix: the bits that follow the message,
// as one byte with the padding's first bit: 0x06 is SHA3-256, 0x01 is Keccak. 32 raw bytes.
std::string keccak_sponge(std::string_view data, unsigned char suffix);

}  // namespace keystile::crypto
