// Public facts: instruments, prices, the exchange's clock.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges::okx {

std::vector<MarketQuery> market_queries();
Result<MarketUpdate> parse_market(const MarketQuery& query, const HttpResponse& response);
HttpRequest time_query();
Result<WallTime> parse_time(const HttpResponse& response);
std::optional<HttpResponse> answer_time(const Route& route, WallTime now);

}  // namespace keystile::exchanges::okx
