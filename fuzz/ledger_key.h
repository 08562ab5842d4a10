// The ledger's key in the targets about ledgers: Ed25519, of a seed that everyone knows.
#pragma once

#include "base/encoding.h"
#include "crypto/keys.h"
#include "ledger/note.h"

namespace keystile::fuzz {

inline constexpr const char* kOrigin = "keystile.example/fuzz";

inline crypto::SigningKey key_of_seed(char byte) {
  // RFC 8410: PKCS#8 of the seed.
  const std::string der =
      std::string("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16) +
      std::string(32, byte);
  const auto pem = SecretBytes::copy_of("-----BEGIN PRIVATE KEY-----\n" + base64_encode(der) +
                                        "\n-----END PRIVATE KEY-----\n");
  return *crypto::SigningKey::open(crypto::KeyAlgorithm::kEd25519, *pem);
}

inline const crypto::SigningKey& ledger_key() {
  static const auto key = key_of_seed('k');
  return key;
}

inline const ledger::NoteKey& ledger_name() {
  static const auto name = *ledger::note_key(kOrigin, ledger_key());
  return name;
}

}  // namespace keystile::fuzz
