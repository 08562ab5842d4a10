// What a client asked, in a ledger entry, and back: all that policy::decide() looks at, so that the
// same request can be judged again under another policy.
#pragma once

#include <vector>

#include "base/json.h"
#include "base/json_writer.h"
#include "exchanges/intent.h"
#include "policy/market_facts.h"

namespace keystile::signer {

// Writes the intent's members into an entry that was begun. leg_notional: what each leg was judged
// at; where it is shorter, nothing.
void write_intent(const exchanges::Intent& intent, const policy::MarketFacts& market,
                  const std::vector<Decimal>& leg_notional, json::Writer* out);

// The intent of an entry; its summary stays empty. "ledger.entry" if it cannot be read.
Result<exchanges::Intent> read_intent(const json::Value& entry);

// What each leg was judged at; zero for a cancel.
std::vector<Decimal> read_notionals(const json::Value& entry);
// Zero where there is none.
Decimal read_decimal(const json::Value& entry, std::string_view name);

// "ledger.no_market": the entry's orders or transfer were recorded by a version that did not keep
// the prices they were judged by.
Result<policy::MarketFacts> read_market(const json::Value& entry, const exchanges::Intent& intent);

}  // namespace keystile::signer
