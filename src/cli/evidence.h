// Everything about one proposal in one file, collected beside the ledger (signer/evidence.h).
#pragma once

#include <cstdint>

#include "signer/evidence.h"
#include "signer/layout.h"

namespace keystile::cli {

// Reads the ledger and the adopted policies; needs no lock and no key. Waits a few seconds until a
// checkpoint covers the proposal's last entry. "proposal.missing", "policy.adopted".
Result<signer::Evidence> collect_evidence(const signer::Layout& layout, uint64_t id);

}  // namespace keystile::cli
