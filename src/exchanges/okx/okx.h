// OKX API v5 (REST). What is spoken, from which documents, and what is refused: README.md.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges::okx {

const Exchange& exchange();

}  // namespace keystile::exchanges::okx
