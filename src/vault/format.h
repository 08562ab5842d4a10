// The vault file's bytes, as docs/formats/vault.md gives them. Pure: nothing here opens a file or
// knows a key. parse() takes any bytes; what it returns has the right shape and is still unproven.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "vault/vault.h"

namespace keystile::vault {

// How the sealing key is made from what unlocks the vault.
struct KeySource {
  UnlockKind kind = UnlockKind::kKeyFile;
  uint32_t passes = 0;      // Argon2id; 0 for a key file
  uint32_t memory_kib = 0;  // Argon2id; 0 for a key file
  std::string salt;         // 16 bytes
  bool operator==(const KeySource&) const = default;
};

struct Header {
  KeySource key_source;
  uint64_t epoch = 0;
  WallTime created{};
  std::string environment;
  bool operator==(const Header&) const = default;
};

// XChaCha20-Poly1305.
struct Box {
  std::string nonce;
  std::string ciphertext;  // with its tag
  bool operator==(const Box&) const = default;
};

struct SealedVault {
  Header header;
  std::string commitment;  // 32 bytes
  Box index;
  std::vector<Box> entries;  // in the order of the index
  bool operator==(const SealedVault&) const = default;
};

// One line of the index: what an entry is, and the key that seals its secret.
struct Record {
  Info info;
  SecretBytes data_key;
};

// A secret and a passphrase, either of which may be empty.
struct Secrets {
  SecretBytes secret;
  SecretBytes passphrase;
};

constexpr size_t kMaxFileSize = size_t{128} << 20;

// "vault.corrupt", with the offset. serialise(parse(x)) == x for all x that parse.
Result<SealedVault> parse(std::string_view file);
std::string serialise(const SealedVault& vault);

// What the index is bound to: all bytes of the file before the commitment.
std::string serialise(const Header& header);
// What an entry is bound to: the format, the environment, and every field of its Info.
std::string binding(const Header& header, const Info& info);

// Records are in rising order of their names, each name once.
Result<std::vector<Record>> parse_index(const SecretBytes& index);
Result<SecretBytes> serialise_index(const std::vector<Record>& records);

// Padded, so that the file does not show how long a passphrase is.
Result<Secrets> parse_secrets(const SecretBytes& padded);
Result<SecretBytes> serialise_secrets(const Secrets& secrets);

// "vault.name" unless the entry can be written: names are segments of letters, digits, '.', '_' and
// '-', joined by '/', 128 characters at most.
Status check_info(const Info& info);
// "vault.name": 1 to 64 letters, digits, '.', '_' and '-'.
Status check_environment(std::string_view environment);

}  // namespace keystile::vault
