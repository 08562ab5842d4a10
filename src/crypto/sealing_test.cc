#include "crypto/sealing.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace keystile::crypto {
namespace {

SecretBytes secret(std::string_view bytes) { return SecretBytes::copy_of(bytes).value(); }

std::string counting(char from, size_t size) {
  std::string out;
  for (size_t i = 0; i < size; ++i) out += static_cast<char>(from + static_cast<char>(i));
  return out;
}

bool has_hex(const SecretBytes& bytes, std::string_view hex) {
  return bytes.equals(*hex_decode(hex));
}

// Computed with libsodium's own interface at its INTERACTIVE level.
TEST(Argon2id, KnownAnswer) {
  const auto key = argon2id(secret("password"), std::string(16, '\0'), 2, 64 * 1024);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_TRUE(has_hex(*key, "3f551e1b43f0d204eea395fa8365e170e1edffb790242ae8f19631060048ee02"));
}

TEST(Argon2id, FailsClosedWithoutMemoryOrSalt) {
  EXPECT_EQ(argon2id(secret("password"), "short", 2, 64 * 1024).error().code, "seal.size");
  EXPECT_EQ(argon2id(secret("password"), std::string(16, '\0'), 2, 1).error().code, "seal.memory");
}

// Computed with Python's hashlib.blake2b(purpose, key=…, digest_size=32).
TEST(DeriveKey, KnownAnswers) {
  const SecretBytes master = secret(counting(0, 32));
  EXPECT_TRUE(has_hex(derive_key(master, "keystile").value(),
                      "002ee9d949ac939fa3fefcc4dff4c468e5f4936ed090761724117db1446b3461"));
  EXPECT_TRUE(has_hex(derive_key(master, "").value(),
                      "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d"));
  EXPECT_EQ(derive_key(secret("short"), "x").error().code, "seal.size");
}

struct Sealed {
  SecretBytes key = secret(counting(0, 32));
  std::string nonce = counting(0x40, 24);
  std::string associated = "v1|binance|key-1";
  std::string ciphertext =
      *hex_decode("a75c6602b5945977ff9da7d5cae5a847277fb2352c7d1666469636b5b444");
};

TEST(Seal, KnownAnswer) {
  const Sealed s;
  EXPECT_EQ(seal(s.key, s.nonce, s.associated, secret("secret api key")).value(), s.ciphertext);
  EXPECT_TRUE(unseal(s.key, s.nonce, s.associated, s.ciphertext).value().equals("secret api key"));
}

TEST(Seal, EveryChangedByteIsRefused) {
  const Sealed s;
  const auto refused = [](const auto& result) {
    return !result && result.error().code == "seal.broken";
  };
  for (size_t i = 0; i < s.ciphertext.size(); ++i) {
    std::string changed = s.ciphertext;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_TRUE(refused(unseal(s.key, s.nonce, s.associated, changed))) << i;
    EXPECT_TRUE(refused(unseal(s.key, s.nonce, s.associated, s.ciphertext.substr(0, i)))) << i;
  }
  for (size_t i = 0; i < s.nonce.size(); ++i) {
    std::string changed = s.nonce;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_TRUE(refused(unseal(s.key, changed, s.associated, s.ciphertext))) << i;
  }
  EXPECT_TRUE(refused(unseal(s.key, s.nonce, "v1|binance|key-2", s.ciphertext)));
  EXPECT_TRUE(refused(unseal(secret(counting(1, 32)), s.nonce, s.associated, s.ciphertext)));
}

TEST(Seal, WrongSizesAreErrors) {
  const Sealed s;
  EXPECT_EQ(seal(secret("short"), s.nonce, "", secret("x")).error().code, "seal.size");
  EXPECT_EQ(unseal(s.key, "short", "", s.ciphertext).error().code, "seal.size");
}

TEST(SecretHex, OneSpellingOnly) {
  EXPECT_TRUE(
      secret_from_hex(secret("00ff10")).value().equals(std::string_view("\x00\xff\x10", 3)));
  EXPECT_TRUE(secret_to_hex(secret(std::string_view("\x00\xff\x10", 3))).value().equals("00ff10"));
  for (const char* text : {"0", "0g", "00FF", "00 ff", "00\n", "0x00"}) {
    EXPECT_FALSE(secret_from_hex(secret(text))) << text;
  }
}

}  // namespace
}  // namespace keystile::crypto
