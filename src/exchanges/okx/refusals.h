// Refusals in OKX's own shapes.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges::okx {

HttpResponse refuse(const Refusal& refusal, const Route* route, const HttpRequest& request);

}  // namespace keystile::exchanges::okx
