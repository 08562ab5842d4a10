// Proposed transfers: as the exchange is asked for them, and as programs are shown them.
#pragma once

#include <vector>

#include "exchanges/transfers.h"
#include "policy/model.h"
#include "quorum/proposals.h"

namespace keystile::quorum {

// What the exchange is asked for.
exchanges::Transfer asked_of(const Transfer& facts);

// For the exchange's own history call. Only of a proposal to transfer.
exchanges::ProposedTransfer transfer_shown(const Case& one);

// Those that the client asked for on the account, oldest first.
std::vector<exchanges::ProposedTransfer> transfers_by(const Proposals& proposals,
                                                      const policy::Client& client);
// How many of them within the last 24 hours.
uint32_t transfers_asked(const Proposals& proposals, const policy::Client& client, WallTime now);

}  // namespace keystile::quorum
