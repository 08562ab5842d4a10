#include "crypto/chain_hashes.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "base/encoding.h"

namespace keystile::crypto {
namespace {

std::string openssl_sha3_256(std::string_view data) {
  std::string out(32, '\0');
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
             EVP_sha3_256(), nullptr);
  return out;
}

// Every length up to a little over two blocks of 136 bytes.
TEST(ChainHashes, TheSpongeIsThatOfFips202) {
  std::string data;
  for (int size = 0; size < 300; ++size) {
    EXPECT_EQ(keccak_sponge(data, 0x06), openssl_sha3_256(data)) << size;
    data += static_cast<char>(size * 7 + 3);
  }
}

// The Keccak team's ShortMsgKAT_256 (keccak-3), lengths 0 and 8; and what Ethereum calls the hash
// of nothing (Yellow Paper, KEC(())).
TEST(ChainHashes, KeccakHasTheOldPadding) {
  EXPECT_EQ(hex_encode(keccak256("")),
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(hex_encode(keccak256("\xcc")),
            "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a");
}

// NIST's example for "abc".
TEST(ChainHashes, Sha512_256) {
  EXPECT_EQ(hex_encode(sha512_256("abc")),
            "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
}

// RFC 7693, appendix A.
TEST(ChainHashes, Blake2b) {
  EXPECT_EQ(hex_encode(blake2b_512("abc")),
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

}  // namespace
}  // namespace keystile::crypto
