// SHA-256 by OpenSSL's own functions rather than by EVP: EVP looks the algorithm up anew in each
// call, which takes longer than hashing an order, and keeps its state where it likes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sodium.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "base/secret_reveal.h"

namespace keystile::crypto {
namespace {

constexpr size_t kBlock = 64;

// SHA256_Final() fails never; should it, a wrong hash must never be used.
void finish(SHA256_CTX* state, char* out) {
  if (SHA256_Final(reinterpret_cast<unsigned char*>(out), state) != 1) std::abort();
}

SHA256_CTX start_with(std::string_view key, char pad) {
  std::array<char, kBlock> block;
  block.fill(pad);
  for (size_t i = 0; i < key.size(); ++i) block[i] = static_cast<char>(block[i] ^ key[i]);
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
  return state;
}

}  // namespace

Digest sha256_digest(std::string_view a, std::string_view b) {
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, a.data(), a.size());
  SHA256_Update(&state, b.data(), b.size());
  Digest out;
  finish(&state, out.data());
  return out;
}

std::string sha256(std::string_view a, std::string_view b) {
  return std::string(std::string_view(sha256_digest(a, b)));
}

std::string sha256(std::string_view data) { return sha256(data, {}); }

std::string sha512(std::string_view data) {
  std::string out(SHA512_DIGEST_LENGTH, '\0');
  SHA512(reinterpret_cast<const unsigned char*>(data.data()), data.size(),
         reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string out(32, '\0');
  unsigned int size = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
            reinterpret_cast<const unsigned char*>(data.data()), data.size(),
            reinterpret_cast<unsigned char*>(out.data()), &size)) {
    std::abort();
  }
  return out;
}

Result<HmacSha256> HmacSha256::make(std::string_view key) {
  if (key.size() > kBlock) {
    Digest digest = sha256_digest(key);
    auto made = make(digest);
    OPENSSL_cleanse(digest.data(), digest.size());
    return made;
  }
  HmacSha256 made;
  KS_TRY(made.states_, SecretBytes::zeroed(2 * sizeof(SHA256_CTX)));
  char* at = made.states_.data(RevealToken{});
  for (const char pad : {'\x36', '\x5c'}) {
    SHA256_CTX state = start_with(key, pad);
    std::memcpy(at, &state, sizeof state);
    OPENSSL_cleanse(&state, sizeof state);
    at += sizeof state;
  }
  return made;
}

Digest HmacSha256::operator()(std::string_view data) const {
  const std::string_view states = states_.bytes(RevealToken{});
  if (states.size() != 2 * sizeof(SHA256_CTX)) std::abort();
  Digest out;
  SHA256_CTX state;
  std::memcpy(&state, states.data(), sizeof state);
  SHA256_Update(&state, data.data(), data.size());
  finish(&state, out.data());
  std::memcpy(&state, states.data() + sizeof state, sizeof state);
  SHA256_Update(&state, out.data(), out.size());
  finish(&state, out.data());
  OPENSSL_cleanse(&state, sizeof state);
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace keystile::crypto
