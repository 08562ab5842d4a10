// What the signer writes into the ledger. One function per kind of entry, and the readers that
// rebuild the signer's books from it: what is not in an entry is not remembered.
// docs/formats/ledger.md shows each kind.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "exchanges/exchange.h"
#include "policy/decide.h"
#include "policy/market_facts.h"

namespace keystile::signer {

// Who asked what, after authentication.
struct Subject {
  std::string client, account, exchange, environment, source;
  std::string route;    // "POST /api/v3/order"
  uint64_t policy = 0;  // version that judged it
};

struct ReplayMark {
  std::string digest;    // hex; of key id and signed bytes
  int64_t until_ms = 0;  // until when the signature is inside its window
};

// Written before a request is sent. `payload` is only hashed, with a salt.
json::Value request_entry(const Subject& subject, const exchanges::Intent& intent,
                          const policy::MarketFacts& market, const policy::Verdict& verdict,
                          const ReplayMark& replay, std::string_view payload,
                          std::string_view salt);
// A request that was refused after authentication. judged: what decide() refused; null where it was
// something else that did.
json::Value refusal_entry(const Subject& subject, const exchanges::Refusal& refusal,
                          const std::string& summary, uint64_t suppressed,
                          const policy::Question* judged);
// How a request ended. `request` is its entry's index.
json::Value outcome_entry(uint64_t request, int status, const exchanges::Outcome& outcome,
                          std::string_view note);
// What a reconciliation found out about one order: leg `leg` of request `request`.
json::Value order_entry(uint64_t request, size_t leg, const exchanges::OrderState& state);

}  // namespace keystile::signer
