#include "crypto/bare_keys.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace keystile::crypto {
namespace {

std::string unhex(std::string_view hex) { return hex_decode(hex).value(); }

// FIPS 180-4 examples.
TEST(Sha512, Vectors) {
  EXPECT_EQ(hex_encode(sha512("abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(hex_encode(sha512("")),
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

// RFC 8032 section 7.1, test 2.
const std::string kPoint =
    unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const std::string kSignature = unhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

TEST(BareEd25519, VerifiesOnlyWhatWasSigned) {
  EXPECT_TRUE(check_ed25519(kPoint));
  EXPECT_TRUE(verify_ed25519(kPoint, "\x72", kSignature));
  EXPECT_FALSE(verify_ed25519(kPoint, "\x73", kSignature));
  EXPECT_FALSE(verify_ed25519(kPoint, "\x72", kSignature.substr(0, 63)));
  EXPECT_FALSE(verify_ed25519(kPoint, "\x72", kSignature + '\0'));
  EXPECT_FALSE(verify_ed25519(kPoint, "\x72", ""));
}

// With the neutral point as key, the neutral point and zero sign every message.
TEST(BareEd25519, WeakKeysAreRefused) {
  const std::string neutral = "\x01" + std::string(31, '\0');
  EXPECT_EQ(check_ed25519(neutral).error().code, "key.format");
  EXPECT_FALSE(verify_ed25519(neutral, "anything", neutral + std::string(32, '\0')));
  EXPECT_FALSE(check_ed25519(""));
  EXPECT_FALSE(check_ed25519(kPoint + '\0'));
}

// RFC 6979 section A.2.5: P-256 with SHA-256, messages "sample" and "test".
const std::string kP256 = unhex(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
const std::string kSampleR =
    unhex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
const std::string kSampleS =
    unhex("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");

TEST(BareP256, Rfc6979) {
  EXPECT_TRUE(check_p256(kP256));
  const std::string sample = p256_signature(kSampleR, kSampleS);
  EXPECT_TRUE(verify_p256(kP256, "sample", sample));
  EXPECT_FALSE(verify_p256(kP256, "test", sample));
  EXPECT_TRUE(verify_p256(
      kP256, "test",
      p256_signature(unhex("f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"),
                     unhex("019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"))));
}

TEST(BareP256, OtherSpellingsAreRefused) {
  std::string der = p256_signature(kSampleR, kSampleS);
  EXPECT_FALSE(verify_p256(kP256, "sample", der + '\0'));
  EXPECT_FALSE(verify_p256(kP256, "sample", kSampleR + kSampleS));
  EXPECT_FALSE(verify_p256(kP256, "sample", p256_signature("", "")));
  EXPECT_FALSE(verify_p256(kP256, "sample", p256_signature(kSampleR, std::string(32, '\0'))));
  EXPECT_EQ(p256_signature(kSampleR + '\0', kSampleS), "");
  // The length in its long form: BER, not DER.
  const std::string ber = "\x30\x81" + der.substr(1);
  EXPECT_FALSE(verify_p256(kP256, "sample", ber));
}

TEST(BareP256, PointsThatAreNotOnTheCurve) {
  std::string off = kP256;
  off.back() = static_cast<char>(off.back() ^ 1);
  EXPECT_EQ(check_p256(off).error().code, "key.format");
  EXPECT_FALSE(check_p256(kP256.substr(0, 33)));
  EXPECT_FALSE(check_p256("\x03" + kP256.substr(1, 32)));  // compressed
  EXPECT_FALSE(check_p256(std::string(1, '\0')));          // the point at infinity
  EXPECT_FALSE(check_p256(""));
}

// The signatures are tested with ssh-keygen's own (quorum/sshsig_test.cc).
TEST(BareRsa, OnlySoundNumbers) {
  const std::string good = "\xc1" + std::string(382, '\x55') + "\x01";
  const std::string exponent = unhex("010001");
  EXPECT_TRUE(check_rsa(good, exponent));
  EXPECT_EQ(check_rsa(good.substr(1), exponent).error().code, "key.format");           // 3063 bits
  EXPECT_FALSE(check_rsa('\0' + good, exponent));                                      // zeros
  EXPECT_FALSE(check_rsa("\xc1" + std::string(1022, '\x55') + "\x01\x01", exponent));  // 8200 bits
  EXPECT_FALSE(check_rsa(good.substr(0, 383) + "\x02", exponent));                     // even
  EXPECT_FALSE(check_rsa("", exponent));
  for (const char* bad : {"", "01", "03", "010000", "010000000000000001"}) {
    EXPECT_FALSE(check_rsa(good, unhex(bad))) << bad;
  }
  EXPECT_FALSE(verify_rsa(good, exponent, RsaHash::kSha512, "x", std::string(384, '\x01')));
  EXPECT_FALSE(verify_rsa(good, exponent, RsaHash::kSha512, "x", ""));
}

}  // namespace
}  // namespace keystile::crypto
