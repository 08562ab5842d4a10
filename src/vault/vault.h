// Sealed secrets, by reference. One file per environment, each with its own sealing key. Secrets
// are named ("key/binance-main/trade"), kept in locked memory while the vault is open, and lent
// only as keys that sign.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/keys.h"

namespace keystile::vault {

// What a vault is unlocked with.
enum class UnlockKind { kPassphrase, kKeyFile };
struct Unlock {
  UnlockKind kind = UnlockKind::kKeyFile;
  SecretBytes secret;  // the passphrase, or the key file's 32 bytes
};
// Reads a key file or systemd credential: exactly 32 bytes in lower-case hex and a newline, file
// mode 0600 or 0400 ("vault.unlock" says what is wrong).
Result<Unlock> unlock_from_file(const std::string& path);
Result<Unlock> unlock_from_systemd_credential(const std::string& name);
Result<Unlock> unlock_from_passphrase(SecretBytes passphrase);
// Makes a key file; refuses to overwrite ("vault.exists").
Status create_key_file(const std::string& path);
// What opens the vault at this path, so that a passphrase is only asked for where one is needed.
// Errors as open().
Result<UnlockKind> unlock_kind_of(const std::string& path);

// What an entry is, readable without being a secret.
struct Info {
  std::string name;    // "key/ACCOUNT/ROLE", "client/NAME", "ledger"
  std::string key_id;  // the exchange's (or virtual) API key id; empty where there is none
  crypto::KeyAlgorithm algorithm = crypto::KeyAlgorithm::kHmacSha256;
  std::string public_key;  // PEM for key pairs, else empty
  bool has_passphrase = false;
  WallTime created{};
};

// What to add. Exactly one of secret (HMAC text, or PKCS#8 PEM) and public_key (a client that keeps
// its own private key) is set.
struct NewEntry {
  std::string name;
  std::string key_id;
  crypto::KeyAlgorithm algorithm = crypto::KeyAlgorithm::kHmacSha256;
  SecretBytes secret;
  SecretBytes passphrase;
  std::string public_key;
};

class Vault {
 public:
  // "vault.exists"; "vault.name" if the environment's name cannot be written.
  // after: its epoch is above that one, so that it follows a vault that is lost.
  static Status create(const std::string& path, const std::string& environment,
                       const Unlock& unlock, const Clock& clock, uint64_t after = 0);
  // "vault.locked" (wrong unlock secret), "vault.corrupt" (says where), "vault.environment" (sealed
  // for another one), "vault.missing", "vault.mode" (others may read the file).
  static Result<Vault> open(const std::string& path, const std::string& environment,
                            const Unlock& unlock);

  Vault(Vault&&) noexcept;
  Vault& operator=(Vault&&) noexcept;
  ~Vault();

  // Each change is on disk (temp file, fsync, rename, fsync of the folder) when it returns. It is
  // made under a lock to what the file holds then, so two processes never lose a change; after it
  // this object holds what the file holds. On an error neither has changed.
  Status add(NewEntry entry, const Clock& clock);                 // "vault.taken", "vault.name"
  Status add(std::vector<NewEntry> entries, const Clock& clock);  // all of them, or none
  // A key pair made here, which nobody has seen; find() tells its public half.
  Status add_pair(std::string name, crypto::KeyAlgorithm algorithm, const Clock& clock);
  // For a pair made here: its id is known once the exchange has taken the public half.
  Status set_key_id(std::string_view name, const std::string& key_id);  // "vault.unknown"
  Status remove(std::string_view name);                                 // "vault.unknown"
  // New sealing key, same secrets. after: its epoch is above that one too.
  Status rewrap(const Unlock& unlock, uint64_t after = 0);

  std::vector<Info> list() const;
  const Info* find(std::string_view name) const;
  // Counts up with every change; part of the sealed data, written into the ledger, so that an old
  // file put back is noticed.
  uint64_t epoch() const;
  // Of the whole file, as sha256sum prints it. It tells two files of one epoch apart: an old one
  // that was put back counts up again with the next change.
  const std::string& digest() const;

  // Keys ready to use. Null where the entry has no such half. Valid until the entry is removed.
  const crypto::SigningKey* signing_key(std::string_view name) const;
  const crypto::VerifyingKey* verifying_key(std::string_view name) const;
  const SecretBytes* passphrase(std::string_view name) const;
  // For the command that prints a virtual key once, and for the sandbox: the entry's own secret.
  Result<SecretBytes> secret(std::string_view name, const RevealToken& token) const;

 private:
  struct Impl;
  explicit Vault(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace keystile::vault
