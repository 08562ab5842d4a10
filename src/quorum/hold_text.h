// How long a policy change waits and why, in the one line that people sign.
#pragma once

#include <string>
#include <string_view>

#include "quorum/proposal.h"

namespace keystile::quorum {

// Of one that says its hold: "72 h once approved (may add power over withdrawals)", "none (adds no
// power over withdrawals)".
std::string hold_text(const PolicyChange& change);
// Its hold and widens_withdrawals; what hold_text() does not say so leaves others than were meant.
void read_hold(std::string_view text, PolicyChange* change);

}  // namespace keystile::quorum
