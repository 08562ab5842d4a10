// What a withdrawal or a transfer is judged at. The value in its proposal is the gate's word, and
// what people have read; beside it stands what it is worth by the exchange's price as we asked for
// it ourselves. Pure.
#pragma once

#include <optional>

#include "policy/model.h"
#include "quorum/proposal.h"

namespace keystile::executor {

// It is taken 1:1 for the realm's currency, so that it needs no price.
bool is_money(const policy::Policy& policy, const quorum::Moved& facts);

// What it counts as for limits: what people were told, unless it is worth over 5 % more than that
// by our own price; so much a price may move while people decide. None: neither is known.
std::optional<Decimal> counted_value(const policy::Policy& policy, const quorum::Moved& facts,
                                     const std::optional<Decimal>& worth);

// By what the quorum's tier is chosen. None, which asks for the strictest: people were told no
// value, or no price of ours is known for what needs one.
std::optional<Decimal> tier_value(const policy::Policy& policy, const quorum::Moved& facts,
                                  const std::optional<Decimal>& worth);

}  // namespace keystile::executor
