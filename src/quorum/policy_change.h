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

// Whether it told people what the change really is, and nothing else. One of an earlier build had
// another order of its lines, and said less.
bool tells(PolicyChange told, PolicyChange real);

// From approval until it may take effect, by the rule that the proposal has to meet. What only
// takes power away takes effect at once, and so does unfreezing.
Millis hold_of(const Facts& facts, const policy::Rule& rule);
// The least of it by which entries may have been written: earlier builds knew no longer hold for
// power over withdrawals.
Millis hold_in_its_day(const Facts& facts, const policy::Rule& rule);

}  // namespace keystile::quorum
