// Prices that policy judges by. Errors: "notional.unknown", kRetryable where a price may come
// later; "decimal.range".
#pragma once

#include "policy/decide.h"

namespace keystile::policy {

// The exchange itself guarantees that it can only reduce.
bool only_reduces(const exchanges::OrderLeg& leg);
// Whether all that a request does is to cancel and to reduce: safety must never trap a position, so
// it goes on where other requests are stopped.
bool only_reduces(const exchanges::Intent& intent);

// What market orders and sells are taken to slip: the price band, or what goes for one.
const Decimal& slippage_of(const Grant& grant);

// Margin trading uses the spot instrument of the same name.
exchanges::Product listed_as(exchanges::Product product);

// What the instrument costs now, in its quote asset; at most kMaxPriceAge old.
Result<Decimal> reference_price(const exchanges::OrderLeg& leg, const MarketReference& market,
                                MonoTime mono);

// An amount of an asset in the realm's currency, rounded up.
Result<Decimal> in_currency(std::string_view asset, const Decimal& amount,
                            const MarketReference& market, MonoTime mono);

}  // namespace keystile::policy
