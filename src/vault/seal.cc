#include "vault/seal.h"

#include "base/random.h"
#include "base/secret_reveal.h"
#include "crypto/digest.h"
#include "crypto/sealing.h"

namespace keystile::vault {
namespace {

// Argon2id at libsodium's MODERATE level: half a second and 256 MiB per guess.
constexpr uint32_t kPasses = 3;
constexpr uint32_t kMemoryKib = 256 << 10;

constexpr std::string_view kSealingPurpose = "keystile vault sealing key\n";
constexpr std::string_view kCommitmentPurpose = "keystile vault commitment\n";
constexpr std::string_view kIndexPurpose = "keystile vault index\n";

// XChaCha20-Poly1305 alone lets one ciphertext open under two keys. This binds the header to one.
Result<std::string> commitment(const Header& header, const SecretBytes& key) {
  KS_TRY(const SecretBytes committed,
         crypto::derive_key(key, std::string(kCommitmentPurpose) + serialise(header)));
  return std::string(committed.bytes(RevealToken{}));
}

Result<Box> seal_box(const SecretBytes& key, std::string_view bound, const SecretBytes& plaintext) {
  Box box{system_random().bytes(crypto::kSealingNonceSize), {}};
  KS_TRY(box.ciphertext, crypto::seal(key, box.nonce, bound, plaintext));
  return box;
}

Result<SecretBytes> open_box(const SecretBytes& key, std::string_view bound, const Box& box,
                             std::string_view what) {
  auto plaintext = crypto::unseal(key, box.nonce, bound, box.ciphertext);
  if (plaintext || plaintext.error().code != "seal.broken") return plaintext;
  return fail("vault.corrupt", "the vault's " + std::string(what) +
                                   " was changed or comes from another vault; put a backup in its "
                                   "place");
}

}  // namespace

KeySource new_key_source(UnlockKind kind) {
  KeySource source;
  source.kind = kind;
  source.salt = system_random().bytes(crypto::kSaltSize);
  if (kind == UnlockKind::kPassphrase) {
    source.passes = kPasses;
    source.memory_kib = kMemoryKib;
  }
  return source;
}

Result<SecretBytes> sealing_key(const KeySource& source, const Unlock& unlock) {
  if (source.kind != unlock.kind) {
    return fail("vault.locked", source.kind == UnlockKind::kPassphrase
                                    ? "it is sealed with a passphrase, not with a key file"
                                    : "it is sealed with a key file, not with a passphrase");
  }
  if (unlock.kind == UnlockKind::kPassphrase) {
    return crypto::argon2id(unlock.secret, source.salt, source.passes, source.memory_kib);
  }
  // Salted, so that one key file may seal several vaults without their sharing a sealing key.
  return crypto::derive_key(unlock.secret, std::string(kSealingPurpose) + source.salt);
}

Result<std::vector<Record>> open_index(const SealedVault& sealed, const SecretBytes& key) {
  KS_TRY(const std::string expected, commitment(sealed.header, key));
  if (!crypto::constant_time_equal(expected, sealed.commitment)) {
    return fail(
        "vault.locked",
        "it does not open: the passphrase or key file is another one's, or its header was changed");
  }
  KS_TRY(const SecretBytes index_key, crypto::derive_key(key, kIndexPurpose));
  KS_TRY(const SecretBytes index,
         open_box(index_key, serialise(sealed.header), sealed.index, "index"));
  KS_TRY(std::vector<Record> records, parse_index(index));
  if (records.size() != sealed.entries.size()) {
    return fail("vault.corrupt", "entries of the vault are missing or added");
  }
  return records;
}

Result<SealedVault> seal_vault(Header header, const SecretBytes& key,
                               const std::vector<Record>& records, std::vector<Box> entries) {
  SealedVault sealed{std::move(header), {}, {}, std::move(entries)};
  KS_TRY(sealed.commitment, commitment(sealed.header, key));
  KS_TRY(const SecretBytes index_key, crypto::derive_key(key, kIndexPurpose));
  KS_TRY(const SecretBytes index, serialise_index(records));
  KS_TRY(sealed.index, seal_box(index_key, serialise(sealed.header), index));
  return sealed;
}

Result<Box> seal_entry(const Header& header, const Record& record, const Secrets& secrets) {
  KS_TRY(const SecretBytes padded, serialise_secrets(secrets));
  return seal_box(record.data_key, binding(header, record.info), padded);
}

Result<Secrets> open_entry(const Header& header, const Record& record, const Box& box) {
  KS_TRY(const SecretBytes padded,
         open_box(record.data_key, binding(header, record.info), box, "entry " + record.info.name));
  return parse_secrets(padded);
}

}  // namespace keystile::vault
