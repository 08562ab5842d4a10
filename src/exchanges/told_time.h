// When what an exchange's public answer tells was true, by the answer itself: what comes late, from
// a cache or from a server that has stopped hearing of the market, is no news. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/http.h"
#include "exchanges/market.h"

namespace keystile::exchanges {

// Keeps the newest of the times that an answer's rows tell, in milliseconds since 1970; what is no
// such number tells none.
void keep_newest(std::optional<WallTime>* told, std::string_view epoch_ms);

// An answer's Date, as its origin wrote it: caches leave it alone (RFC 9110, 6.6.1), so a cached
// answer has an old one. A whole second, never later than the answer. None: there is none, or it
// cannot be read.
std::optional<WallTime> answer_date(const HttpResponse& response);

// The exchange's clock is known no better than to this.
inline constexpr Millis kMaxAhead{1000};

// From when on prices grow old that arrived now: from when they were true by the exchange's clock,
// never later than their arrival. exchange_now: that clock, as far as it is known. None: they are
// of a time that is still to come, so that nobody knows how old they are.
std::optional<MonoTime> priced_at(const MarketUpdate& update, WallTime exchange_now, MonoTime now);

}  // namespace keystile::exchanges
