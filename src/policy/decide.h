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
#include "policy/walk.h"

namespace keystile::policy {

// What the client has used, as the signer's books say at `now`.
struct Usage {
  Decimal exposure_24h;  // accepted exposure of the last 24 h less what is confirmed unfilled
  uint32_t open_orders = 0;
  uint32_t orders_last_second = 0;
  uint32_t reads_last_second = 0;
  // Realm currency: transfers that went straight through in the last 24 h, less what the exchange
  // refused.
  Decimal transfers_24h = {};
};

// Of the id that a program gave to what people decide on.
enum class OwnId {
  kNew,       // or none
  kRepeated,  // it asks again for what it has asked for by this id: nothing new comes of it
  kTaken,     // by something else that this client has asked for
  kPassed,    // a transfer with it went straight to the exchange, which alone knows what came of it
};

// Of an asset in one or more wallets together.
struct Cover {
  Decimal free;      // as last read
  Decimal promised;  // what of it other proposals that are open will take

  bool suffices(const Decimal& amount) const;
};

// What a withdrawal is judged by beyond its intent. Amounts are of the last 24 hours: what was
// asked for, less what ended without effect.
struct WithdrawalFacts {
  OwnId own_id = OwnId::kNew;
  bool supported = true;            // false: asked for by a call that Keystile does not answer
  bool cancels = false;             // it takes back what the program asked for; nothing else counts
  const BookAddress* to = nullptr;  // in the address book
  std::string unlisted;             // to is null: why
  Millis listed_for{0};             // so long the entry has been in force, by every known clock
  bool used = false;                // a withdrawal to it is done
  const Account* account = nullptr;           // never null, but where it cancels
  Decimal by_client, by_account, to_address;  // realm currency
  Decimal unproven;    // realm currency: to_address, and what nobody knows the end of, however old
  Decimal of_asset;    // by the client, in the asset's own units
  uint32_t count = 0;  // by the client
  std::optional<Cover> cover;  // of what the account has to withdraw; none: not known
};

// What a transfer is judged by beyond its intent.
struct TransferFacts {
  OwnId own_id = OwnId::kNew;
  std::string cannot_wait;  // why such a call cannot wait for people; empty: it can
  uint32_t asked_24h = 0;   // by the client, for people to decide on
  // Of what it takes from, as far as that is known: its wallet, and what the account has to
  // withdraw.
  std::vector<Cover> covers;
};

// An order that a leg amends or cancels, as the ledger recorded it.
struct KnownOrder {
  bool own = false;            // placed by this client
  exchanges::OrderLeg placed;  // as it stands now
  Decimal exposure;            // what of it counts in Usage::exposure_24h
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
  // Price of one unit of an asset in the realm's currency; for the realm's own assets 1, which
  // never grows old (MonoTime::max()).
  virtual std::optional<Quote> asset_price(std::string_view asset) const = 0;
  // What an order would meet in its order book; none: no book is known. leg: which of the request's
  // orders it is.
  virtual std::optional<Walk> walk(const exchanges::OrderLeg& /*order*/, size_t /*leg*/) const {
    return std::nullopt;
  }
};

// A reference price, or a book, older than this does not count.
inline constexpr Millis kMaxPriceAge{5000};

// client, route, intent and market are never null.
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
  std::string_view currency = "USD";            // the realm's, for messages
  const WithdrawalFacts* withdrawal = nullptr;  // of a withdrawal, or what cancels one
  const TransferFacts* transfer = nullptr;      // of a transfer; null: it is new and can wait
  std::string_view frozen = {};                 // what people have stopped; empty: nothing
};

// Whether a program asks again for what it has asked people for.
bool is_repeated(const Question& question);

struct Verdict {
  enum class Kind { kAllow, kDeny, kHold } kind = Kind::kDeny;
  exchanges::Refusal refusal;  // kDeny
  // kHold: a withdrawal or transfer that people decide on.
  // kAllow: what the order of each leg is judged at: for an amendment the order that results from
  // it, zero for cancels, for orders that only reduce and for test orders.
  std::vector<Decimal> leg_notional;
  // kAllow: what all this adds to the client's exposure: the sum over the legs (or the largest,
  // where one_fills); of an amendment only what goes beyond KnownOrder::exposure.
  Decimal reserved;
  uint32_t sent = 0;     // kAllow: orders placed and amended
  uint32_t resting = 0;  // kAllow: new ones that may stay open
  std::string rule;      // kAllow, kHold: the rule that let it in, for `explain`
  // kHold, and of a transfer: what it is worth in the realm's currency; none: no price
  std::optional<Decimal> value;
  // kAllow, while the client is observed: the rules that would have refused, each once, in order.
  struct Noted {
    std::string rule, message;
    bool operator==(const Noted&) const = default;
  };
  std::vector<Noted> would_refuse;
};

// One rule that was looked at, in order. The last of a refused request is the one that refused it.
struct Step {
  std::string rule;     // "grant.max_order_notional"
  std::string subject;  // "request" or "order 2"
  bool passed = false;
  std::string message;  // why not; empty where it passed
  bool noted = false;   // it did not pass, which is only noted, as the client is observed
};

// Order of the checks (the first that fails names the rule): client state, freezes, scope, route,
// whole-account right, transfer limits, withdrawal limits; for each order ownership, product,
// borrowing, instrument, order type, hours, notional, price band, order book; then rate, open
// orders, daily exposure. Source address, signature, time and replay are the signer's.
// docs/policy.md lists the rules. While a client is observed, the grant's limits are only noted.
// steps, where given, receives every rule that was looked at.
Verdict decide(const Question& question, std::vector<Step>* steps = nullptr);

// The most that an order can cost in the realm's currency: quantity × contract size × the worst
// price it can be filled at. Zero for a cancel and an order that can only reduce. An amendment must
// come as the order that results from it. "notional.unknown" with why, where it cannot be computed:
// kRetryable if only a price is missing; "decimal.range" where it is beyond all numbers.
Result<Decimal> leg_notional(const exchanges::OrderLeg& leg, const Grant& grant,
                             const MarketReference& market, MonoTime mono);

}  // namespace keystile::policy
