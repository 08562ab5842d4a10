// What a client needs, by what the ledger recorded of it.
#pragma once

#include <functional>
#include <string>

#include "policy/behaviour.h"
#include "signer/replay.h"

namespace keystile::signer {

// Gives every entry of a ledger, oldest first, to its argument; each call begins anew.
using Entries = std::function<Status(const std::function<Status(const LedgerEntry&)>&)>;

// What the client did from `from` on. policy: in which it stands; its grant there does not matter.
Result<policy::Behaviour> behaviour_of(const policy::Policy& policy, const std::string& client,
                                       WallTime from, const Entries& entries);

}  // namespace keystile::signer
