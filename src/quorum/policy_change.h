// What people are told of a new policy. It follows from the two policies alone, so that whoever has
// both can tell whether that is what people were told, and need not believe who wrote it down.
#pragma once

#include <string>

#include "policy/model.h"
#include "quorum/proposal.h"

namespace keystile::quorum {

// version, hash: of the policy `after`.
PolicyChange policy_change(const policy::Policy& before, const policy::Policy& after,
                           uint64_t version, std::string hash);

}  // namespace keystile::quorum
