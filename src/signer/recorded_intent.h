// What a client asked, in a ledger entry, and back: all that policy::decide() looks at, so that the
// same request can be judged again under another policy.
#pragma once

#include <vector>

#include "base/json.h"
#include "exchanges/intent.h"
#include "policy/market_facts.h"

namespace keystile::signer {

json::Value leg_entry(const exchanges::OrderLeg& leg, const Decimal& notional);
Result<exchanges::OrderLeg> read_leg(const json::Value& entry);
// "" where there is none; the entry was written by leg_entry().
Decimal read_decimal(const json::Value& entry, std::string_view name);

// Adds the intent's fields to an entry. leg_notional: what each leg was judged at; where it is
// shorter, nothing.
void record_intent(json::Value* entry, const exchanges::Intent& intent,
                   const policy::MarketFacts& market, const std::vector<Decimal>& leg_notional);

// The intent of an entry; its summary stays empty. "ledger.entry" if it cannot be read.
Result<exchanges::Intent> read_intent(const json::Value& entry);

// "ledger.no_market": the entry's orders or transfer were recorded by a version that did not keep
// the prices they were judged by.
Result<policy::MarketFacts> read_market(const json::Value& entry, const exchanges::Intent& intent);

}  // namespace keystile::signer
