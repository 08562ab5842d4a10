// What seals secrets at rest: Argon2id, keyed BLAKE2b and XChaCha20-Poly1305, thin over libsodium.
// Keys and plaintexts stay in SecretBytes; what is sealed is an ordinary string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace keystile::crypto {

constexpr size_t kSealingKeySize = 32;
constexpr size_t kSealingNonceSize = 24;  // long enough to be drawn at random without a limit
constexpr size_t kSealingTagSize = 16;
constexpr size_t kSaltSize = 16;

// Argon2id version 1.3 with one lane (RFC 9106) → 32 bytes. "seal.memory" (retryable) if the
// system cannot give the memory.
Result<SecretBytes> argon2id(const SecretBytes& password, std::string_view salt, uint32_t passes,
                             uint32_t memory_kib);

// BLAKE2b-256 keyed with master (RFC 7693) of purpose: a key for exactly that purpose, or a
// commitment to the master key. Nothing about master can be learned from it.
Result<SecretBytes> derive_key(const SecretBytes& master, std::string_view purpose);

// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): ciphertext and tag. associated is authenticated
// but not hidden. One key and nonce must never seal two texts.
Result<std::string> seal(const SecretBytes& key, std::string_view nonce,
                         std::string_view associated, const SecretBytes& plaintext);
// "seal.broken" if any of the four is not what was sealed.
Result<SecretBytes> unseal(const SecretBytes& key, std::string_view nonce,
                           std::string_view associated, std::string_view ciphertext);

// Lower-case hex and nothing else, without the text or the bytes ever leaving locked memory.
// "seal.hex".
Result<SecretBytes> secret_from_hex(const SecretBytes& text);
Result<SecretBytes> secret_to_hex(const SecretBytes& bytes);

}  // namespace keystile::crypto
