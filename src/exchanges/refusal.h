// Why a request is refused, before it takes an exchange's native shape.
#pragma once

#include <string>
#include <vector>

namespace keystile::exchanges {

// One enumerator per native answer that differs. The exact rule travels beside it.
enum class Reason {
  kMalformed,         // a parameter is missing, repeated, unknown or unreadable
  kNoCredentials,     // no key, signature or timestamp on a private route
  kUnknownKey,        // no such virtual key (or revoked, expired, of another environment)
  kBadSignature,
  kBadPassphrase,     // OKX
  kBadTimestamp,      // outside the window
  kSourceAddress,     // not from the client's networks
  kReplay,            // these signed bytes were used before
  kUnknownRoute,
  kNotPermitted,      // scope, route, instrument, product, order type, hours, whole-account action
  kLimit,             // size, daily exposure, price band, open orders
  kRateLimit,         // orders per second
  kUnknownOrder,      // not an order of this client
  kUnavailable,       // Keystile cannot act safely now: no reference price, no ledger, no key
  kUpstream,          // the exchange did not answer; nothing was sent
  kOutcomeUnknown,    // it was sent and the answer was lost
};
std::string_view to_string(Reason reason);

struct Refusal {
  Reason reason = Reason::kUnavailable;
  std::string rule;     // dotted: "grant.max_order_notional"; also sent as X-Keystile-Reason
  std::string message;  // for people; no secrets; put into the native message field
  // For a batch: per leg, empty where that leg alone would have passed. Native batch shapes show it.
  std::vector<std::string> legs;
};

}  // namespace keystile::exchanges
