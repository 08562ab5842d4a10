// Instruments, prices and the time, from Binance's public routes.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges::binance {

std::vector<MarketQuery> make_market_queries();
Result<MarketUpdate> read_market(const MarketQuery& query, const HttpResponse& response);

HttpRequest make_time_query(std::string_view family);
Result<WallTime> read_time(const HttpResponse& response);
std::optional<HttpResponse> time_answer(const Route& route, WallTime now);

}  // namespace keystile::exchanges::binance
