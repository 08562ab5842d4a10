// The stored texts of adopted policies, one file each, named by hash; and the space kept so that a
// client can be revoked on a full disk.
#pragma once

#include <string>

#include "ledger/disk.h"
#include "policy/loader.h"
#include "signer/books.h"
#include "signer/layout.h"

namespace keystile::signer {

// Checked against the hash that the ledger holds. "policy.adopted".
Result<policy::Bundle> read_adopted(const Layout& layout, const Adoption& adoption);

// On disk when it returns. use_kept: where there is no space, out of what is kept. "policy.bundle",
// with nothing written, if read_adopted() would not give the same back.
Status store_adopted(const Layout& layout, ledger::Disk& disk, const policy::Bundle& bundle,
                     bool use_kept);

// Sets aside what storing a policy of about that size takes. Where there is no space for it, there
// is none kept: the next change or start tries again.
void keep_space(const Layout& layout, ledger::Disk& disk, const policy::Bundle& in_force);

}  // namespace keystile::signer
