// Keys that sign and keys that verify, whatever the algorithm. Secret parts live in SecretBytes (or
// in OpenSSL's own memory while the key is open) and come out only as signatures.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace keystile::crypto {

enum class KeyAlgorithm {
  kHmacSha256,
  kRsaSha256,  // PKCS#1 v1.5 with SHA-256 (RFC 8017 section 8.2), 2048 to 4096 bits
  kEd25519,    // RFC 8032
  kEcdsaP256,  // FIPS 186-5 with SHA-256, signatures in DER: for certificates, no exchange has it
};
std::string_view to_string(KeyAlgorithm algorithm);  // "hmac", "rsa", "ed25519", "p256"
// Those that an exchange's or a client's key may have: the first three.
Result<KeyAlgorithm> parse_algorithm(std::string_view text);

// Signs. Safe to use from several threads.
class SigningKey {
 public:
  // HMAC: the secret's bytes as they are (exchanges use the text, not decoded).
  // The others: an unencrypted PKCS#8 PEM. "key.format" if it is not one, or too short.
  static Result<SigningKey> open(KeyAlgorithm algorithm, const SecretBytes& secret);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  KeyAlgorithm algorithm() const;
  // Raw bytes: 32 (HMAC), modulus size (RSA), 64 (Ed25519), DER (P-256). "key.sign" if the library
  // fails.
  Result<std::string> sign(std::string_view payload) const;
  // The public half as SubjectPublicKeyInfo DER. "key.format" for HMAC, which has none.
  Result<std::string> public_der() const;
  // The other half, as SubjectPublicKeyInfo PEM. "key.format" for HMAC, which has none.
  Result<std::string> public_pem() const;

 private:
  struct Impl;
  friend struct KeyAccess;  // certificate.cc
  explicit SigningKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Verifies. For HMAC it holds the shared secret; for the others only a public key.
class VerifyingKey {
 public:
  static Result<VerifyingKey> hmac(const SecretBytes& secret);
  // SubjectPublicKeyInfo PEM, or the base64 of its DER. "key.format".
  static Result<VerifyingKey> from_public(KeyAlgorithm algorithm, std::string_view pem_or_base64);

  VerifyingKey(VerifyingKey&&) noexcept;
  VerifyingKey& operator=(VerifyingKey&&) noexcept;
  ~VerifyingKey();

  KeyAlgorithm algorithm() const;
  // signature: raw bytes. Constant time for HMAC.
  bool verify(std::string_view payload, std::string_view signature) const;
  // As SigningKey::public_pem().
  Result<std::string> public_pem() const;

 private:
  struct Impl;
  explicit VerifyingKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct KeyPair {
  SecretBytes private_pem;  // PKCS#8
  std::string public_pem;   // SubjectPublicKeyInfo
};
// kRsaSha256 (2048 bits), kEd25519 or kEcdsaP256.
Result<KeyPair> generate_key_pair(KeyAlgorithm algorithm);

}  // namespace keystile::crypto
