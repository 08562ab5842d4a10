// Refusals in Binance's own shape: {"code":-2010,"msg":"…"} with the HTTP status it would have.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges::binance {

HttpResponse native_refusal(const Refusal& refusal, const Route* route, const HttpRequest& request);

}  // namespace keystile::exchanges::binance
