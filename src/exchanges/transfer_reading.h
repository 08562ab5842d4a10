// Whether a transfer between own accounts means to the exchange what it means to us: asked before
// anybody decides about it, and again before it is sent. Sans I/O.
#pragma once

#include "exchanges/exchange.h"
#include "exchanges/intent.h"

namespace keystile::exchanges {

// The same amount of the same asset between the same ends, whatever ids they have.
bool moves_same(const Transfer& a, const Transfer& b);

// Builds the request for it and reads that as the exchange does. "transfer.unsupported": it cannot
// be asked for, or would be another transfer, as with a wallet that the exchange does not have.
Status check_reads_back(const Exchange& exchange, const Transfer& transfer);

}  // namespace keystile::exchanges
