// decide(): may this client do this now? A pure function; everything it looks at is an argument.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/decimal.h"
#include "base/time.h"
#include "exchanges/intent.h"
#include "exchanges/market.h"
#include "exchanges/refusal.h"
#include "policy/model.h"

namespace keystile::policy {

// What the client has used, as the signer's books say at `now`.
struct Usage {
  Decimal exposure_24h;      // accepted exposure of the last 24 h less what is confirmed unfilled
  uint32_t open_orders = 0;
  uint32_t orders_last_second = 0;
};

// An order that a leg amends or cancels, as the ledger recorded it.
struct KnownOrder {
  bool own = false;              // placed by this client
  exchanges::OrderLeg placed;    // as it stands now
  Decimal notional;              // as it was judged (realm currency)
};

// Prices and instruments, as the feed or the background poller last saw them.
class MarketReference {
 public:
  virtual ~MarketReference() = default;
  virtual const exchanges::Instrument* instrument(exchanges::Product product,
                                                  std::string_view symbol) const = 0;
  struct Quote {
    Decimal price;
    MonoTime at;
  };
  virtual std::optional<Quote> price(exchanges::Product product, std::string_view symbol) const = 0;
  // Price of one unit of an asset in the realm's currency (1 for its own assets).
  virtual std::optional<Quote> asset_price(std::string_view asset) const = 0;
};

// A reference price older than this does not count.
inline constexpr Millis kMaxPriceAge{5000};

struct Question {
  const Client* client = nullptr;
  const exchanges::Route* route = nullptr;
  const exchanges::Intent* intent = nullptr;
  // One per leg of the intent; empty for placed orders.
  std::vector<std::optional<KnownOrder>> orders;
  Usage usage;
  const MarketReference* market = nullptr;
  WallTime now;
  MonoTime mono;
};

struct Verdict {
  enum class Kind { kAllow, kDeny, kHold } kind = Kind::kDeny;
  exchanges::Refusal refusal;          // kDeny, kHold
  std::vector<Decimal> leg_notional;   // kAllow: what each leg reserves (zero for cancels)
  Decimal reserved;                    // their sum (or largest, where one_fills)
  std::string rule;                    // kAllow: the rule that let it in, for `explain`
};

// Order of the checks (the first that fails names the rule): client state, scope, route, product,
// instrument, order type, ownership, whole-account right, hours, notional, price band, rate, open
// orders, daily exposure. Source address, signature, time and replay are the signer's.
Verdict decide(const Question& question);

// The most that a leg can cost in the realm's currency. "notional.unknown" with why, where it
// cannot be computed.
Result<Decimal> leg_notional(const exchanges::OrderLeg& leg, const Grant& grant,
                             const MarketReference& market, MonoTime mono);

}  // namespace keystile::policy
