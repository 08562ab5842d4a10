// Binance: spot, margin, USDS-M and COIN-M futures, options and portfolio margin over REST.
// README.md says what is covered and by which documents.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges::binance {

const Exchange& exchange();

}  // namespace keystile::exchanges::binance
