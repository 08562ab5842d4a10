// What the signer writes into the ledger: one type per kind of entry, what writes it as text, and
// what reads it back. The books take these types alone, while serving and at start: what is not in
// an entry is not remembered. docs/formats/ledger.md shows each kind.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/json.h"
#include "crypto/digest.h"
#include "exchanges/exchange.h"
#include "policy/decide.h"
#include "policy/market_facts.h"
#include "signer/replay_marks.h"

namespace keystile::signer {

// Who asked what, after authentication. Its texts are lent: while serving by the policy, the
// request and the route table; of an entry that was read, by its JSON.
struct Subject {
  std::string_view client, account, exchange, environment, source;
  std::string_view route;  // "POST /api/v3/order"
  uint64_t policy = 0;     // version that judged it
  bool operator==(const Subject&) const = default;
};

// A request that was let through; written before it is sent.
struct RequestEntry {
  Subject who;
  exchanges::Intent intent;
  policy::MarketFacts market;
  policy::Verdict verdict;  // kAllow
  ReplayMark replay;
  std::array<char, 16> salt{};
  crypto::Digest body{};  // of salt and signed bytes
};

// Whether it is a transfer that goes straight to the exchange, not to people: its verdict says what
// it is worth.
bool moves(const RequestEntry& entry);

// A request that was refused after authentication.
struct RefusalEntry {
  Subject who;
  const exchanges::Refusal& refusal;
  std::string_view summary;
  uint64_t suppressed = 0;                   // refusals before it that were not recorded
  const policy::Question* judged = nullptr;  // what decide() refused; null: something else did
};

// How a request ended.
struct OutcomeEntry {
  uint64_t request = 0;        // index of its entry
  int status = 0;              // HTTP; 0: there was no answer
  exchanges::Outcome outcome;  // of its orders' states without their ids
  std::string note;            // what went wrong on the way, as an error's code
};

// What a reconciliation found out about one order: leg `leg` of request `request`, or of the entry
// by which a conditional order was known to have fired.
struct OrderEntry {
  uint64_t request = 0, leg = 0;
  exchanges::OrderState state;  // with a client order id only where that was not known
  bool of_another = false;      // somebody else's, which has its client order id
};

// Appends the entry as a JSON object.
void write(const RequestEntry& entry, std::string* out);
void write(const RefusalEntry& entry, std::string* out);
void write(const OutcomeEntry& entry, std::string* out);
void write(const OrderEntry& entry, std::string* out);

// "ledger.entry" where it is not what write() makes. A request's market is empty where an older
// version wrote it without; see read_market(). A request lends its texts from the entry.
Result<RequestEntry> read_request(const json::Value& entry);
Result<OutcomeEntry> read_outcome(const json::Value& entry);
Result<OrderEntry> read_order(const json::Value& entry);

}  // namespace keystile::signer
