#include "crypto/sealing.h"

#include <sodium.h>

#include "base/secret_reveal.h"

namespace keystile::crypto {
namespace {

static_assert(kSealingKeySize == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kSealingNonceSize == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kSealingTagSize == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(kSaltSize == crypto_pwhash_argon2id_SALTBYTES);
static_assert(kSealingKeySize == crypto_generichash_BYTES);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(SecretBytes* secret) {
  return reinterpret_cast<unsigned char*>(secret->data(RevealToken{}));
}
std::string_view view(const SecretBytes& secret) { return secret.bytes(RevealToken{}); }

tl::unexpected<Error> wrong_size() {
  return fail("seal.size", "a sealing key, nonce or salt has the wrong size", ErrorClass::kFatal);
}

bool sizes_fit(const SecretBytes& key, std::string_view nonce) {
  return key.size() == kSealingKeySize && nonce.size() == kSealingNonceSize;
}

}  // namespace

Result<SecretBytes> argon2id(const SecretBytes& password, std::string_view salt, uint32_t passes,
                             uint32_t memory_kib) {
  if (salt.size() != kSaltSize) return wrong_size();
  KS_TRY(SecretBytes key, SecretBytes::zeroed(kSealingKeySize));
  if (crypto_pwhash_argon2id(bytes_of(&key), key.size(), view(password).data(), password.size(),
                             bytes_of(salt), passes, size_t{memory_kib} * 1024,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return fail("seal.memory",
                "a passphrase could not be turned into a key: Argon2id needs " +
                    std::to_string(memory_kib / 1024) + " MiB of free memory",
                ErrorClass::kRetryable);
  }
  return key;
}

Result<SecretBytes> derive_key(const SecretBytes& master, std::string_view purpose) {
  if (master.size() != kSealingKeySize) return wrong_size();
  KS_TRY(SecretBytes key, SecretBytes::zeroed(kSealingKeySize));
  crypto_generichash(bytes_of(&key), key.size(), bytes_of(purpose), purpose.size(),
                     bytes_of(view(master)), master.size());
  return key;
}

Result<std::string> seal(const SecretBytes& key, std::string_view nonce,
                         std::string_view associated, const SecretBytes& plaintext) {
  if (!sizes_fit(key, nonce)) return wrong_size();
  std::string out(plaintext.size() + kSealingTagSize, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(out.data()), nullptr,
                                             bytes_of(view(plaintext)), plaintext.size(),
                                             bytes_of(associated), associated.size(), nullptr,
                                             bytes_of(nonce), bytes_of(view(key)));
  return out;
}

Result<SecretBytes> unseal(const SecretBytes& key, std::string_view nonce,
                           std::string_view associated, std::string_view ciphertext) {
  if (!sizes_fit(key, nonce)) return wrong_size();
  const auto broken = [] {
    return fail("seal.broken", "sealed bytes were changed, moved, or sealed with another key");
  };
  if (ciphertext.size() < kSealingTagSize) return broken();
  KS_TRY(SecretBytes plaintext, SecretBytes::zeroed(ciphertext.size() - kSealingTagSize));
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          bytes_of(&plaintext), nullptr, nullptr, bytes_of(ciphertext), ciphertext.size(),
          bytes_of(associated), associated.size(), bytes_of(nonce), bytes_of(view(key))) != 0) {
    return broken();
  }
  return plaintext;
}

Result<SecretBytes> secret_from_hex(const SecretBytes& text) {
  const auto bad = [] { return fail("seal.hex", "it is not lower-case hex"); };
  if (text.size() % 2 != 0) return bad();
  for (const char c : view(text)) {
    if (c >= 'A' && c <= 'F') return bad();  // libsodium takes either case
  }
  KS_TRY(SecretBytes out, SecretBytes::zeroed(text.size() / 2));
  size_t size = 0;
  if (sodium_hex2bin(bytes_of(&out), out.size(), view(text).data(), text.size(), nullptr, &size,
                     nullptr) != 0 ||
      size != out.size()) {
    return bad();
  }
  return out;
}

Result<SecretBytes> secret_to_hex(const SecretBytes& bytes) {
  // sodium_bin2hex ends with a NUL, which is no part of the text.
  KS_TRY(SecretBytes padded, SecretBytes::zeroed(bytes.size() * 2 + 1));
  sodium_bin2hex(padded.data(RevealToken{}), padded.size(), bytes_of(view(bytes)), bytes.size());
  return SecretBytes::copy_of(view(padded).substr(0, bytes.size() * 2));
}

}  // namespace keystile::crypto
