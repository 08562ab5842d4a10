// For the tests of this folder: vector files, and a key made from a seed.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/json.h"
#include "ledger/note.h"

namespace keystile::ledger {

inline json::Value load_vectors(const std::string& name) {
  std::ifstream file(std::string(KEYSTILE_SOURCE_DIR "/src/ledger/testdata/") + name);
  std::stringstream text;
  text << file.rdbuf();
  auto value = json::parse(text.str());
  EXPECT_TRUE(value) << name;
  return value ? std::move(*value) : json::Value();
}

inline const json::Array& items(const json::Value& object, std::string_view name) {
  static const json::Array none;
  const json::Value* found = object.find(name);
  EXPECT_TRUE(found && found->if_array() && !found->if_array()->empty()) << name;
  return found && found->if_array() ? *found->if_array() : none;
}

inline uint64_t number(const json::Value& object, std::string_view name) {
  return parse_uint64(object.text(name)).value();
}

// Nothing where a hash in the vectors is not 32 bytes.
inline std::optional<Hash> hash_of(std::string_view hex) { return hash_from(*hex_decode(hex)); }

inline std::optional<Proof> proof_of(const json::Value& object) {
  Proof proof;
  for (const json::Value& item : *object.find("proof")->if_array()) {
    const auto hash = hash_of(item.text());
    if (!hash) return std::nullopt;
    proof.push_back(*hash);
  }
  return proof;
}

// RFC 8410: PKCS#8 of an Ed25519 seed.
inline crypto::SigningKey key_from_seed(std::string_view seed) {
  const std::string der =
      std::string("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16) +
      std::string(seed);
  const auto pem = SecretBytes::copy_of("-----BEGIN PRIVATE KEY-----\n" + base64_encode(der) +
                                        "\n-----END PRIVATE KEY-----\n");
  return crypto::SigningKey::open(crypto::KeyAlgorithm::kEd25519, pem.value()).value();
}

// The tree whose entry i is the ASCII text "entry <i>", as in the vectors.
inline std::vector<Hash> vector_leaves(uint64_t size) {
  std::vector<Hash> leaves;
  for (uint64_t i = 0; i < size; ++i) leaves.push_back(leaf_hash("entry " + std::to_string(i)));
  return leaves;
}

inline SubtreeReader reader_of(const std::vector<Hash>& leaves) {
  return [&leaves](int height, uint64_t index) -> Result<Hash> {
    return root_of(std::span(leaves).subspan(index << height, size_t{1} << height));
  };
}

}  // namespace keystile::ledger
