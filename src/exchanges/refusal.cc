#include "exchanges/refusal.h"

namespace keystile::exchanges {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::kMalformed:
      return "malformed";
    case Reason::kNoCredentials:
      return "no-credentials";
    case Reason::kUnknownKey:
      return "unknown-key";
    case Reason::kBadSignature:
      return "bad-signature";
    case Reason::kBadPassphrase:
      return "bad-passphrase";
    case Reason::kBadTimestamp:
      return "bad-timestamp";
    case Reason::kSourceAddress:
      return "source-address";
    case Reason::kReplay:
      return "replay";
    case Reason::kUnknownRoute:
      return "unknown-route";
    case Reason::kNotPermitted:
      return "not-permitted";
    case Reason::kLimit:
      return "limit";
    case Reason::kRateLimit:
      return "rate-limit";
    case Reason::kUnknownOrder:
      return "unknown-order";
    case Reason::kUnavailable:
      return "unavailable";
    case Reason::kUpstream:
      return "upstream";
    case Reason::kOutcomeUnknown:
      return "outcome-unknown";
  }
  return "unknown";
}

}  // namespace keystile::exchanges
