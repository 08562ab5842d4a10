// How a vault's parts are sealed and opened: the sealing key, the commitment, the index, the
// entries. docs/formats/vault.md says what is bound to what, and why.
#pragma once

#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "vault/format.h"

namespace keystile::vault {

// With a new salt, and for a passphrase the costs that Keystile writes today.
KeySource new_key_source(UnlockKind kind);
// "vault.locked" if the vault is unlocked by the other kind; "seal.memory". A wrong secret gives a
// wrong key, which open_index() refuses.
Result<SecretBytes> sealing_key(const KeySource& source, const Unlock& unlock);

// "vault.locked" (wrong key), "vault.corrupt".
Result<std::vector<Record>> open_index(const SealedVault& sealed, const SecretBytes& key);
// header.epoch is already the new one; entries are sealed and in the records' order.
Result<SealedVault> seal_vault(Header header, const SecretBytes& key,
                               const std::vector<Record>& records, std::vector<Box> entries);

// "vault.corrupt".
Result<Secrets> open_entry(const Header& header, const Record& record, const Box& box);
// record.data_key must be new: it may seal only once.
Result<Box> seal_entry(const Header& header, const Record& record, const Secrets& secrets);

}  // namespace keystile::vault
