// authenticate → interpret → decide → record → sign. The signer owns secrets, policy and the
// ledger, and no socket. The gate hands it plain values and gets plain values back; it never calls
// into the gate, and no secret is ever in a return value (a signed request carries the key id, the
// signature and, for OKX, the passphrase that the exchange demands).
//
// The messages, and in which state each may come:
//   begin(inbound)            any time      → Answer, or Forward with a new ticket
//   finish(ticket, result)    once for every Forward → the answer for the client
//   errands()                 any time      → our own requests that are due (prices, time, orders)
//   errand_done(id, result)   once for every errand
//   control(command)          any time      → an operator's command from the control socket
//   metrics(), missing()      any time      → what was counted; what it lacks to be ready
//   certify(public key)       any time      → a server certificate for exchange host names
//
// Not thread-safe: one strand owns it. Nothing here blocks but the ledger's write().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "base/signed_request.h"
#include "base/time.h"
#include "exchanges/exchange.h"
#include "ledger/ledger.h"
#include "metrics/family.h"
#include "policy/live_market.h"
#include "policy/network.h"

namespace keystile::signer {

struct Inbound {
  const exchanges::Exchange* exchange = nullptr;
  std::string environment;  // of the listener it came in by
  HttpRequest request;      // path without the "/binance" prefix of a base URL
  policy::Address source;
};

// Where a request is to be sent.
struct Destination {
  std::string environment;
  std::string exchange;
  std::string origin;  // "https://api.binance.com"
};

struct Answer {
  HttpResponse response;
};
struct Forward {
  uint64_t ticket = 0;
  Destination to;
  SignedRequest request;
  Millis timeout{10000};
  // Transfers and withdrawals: do not send before durable() is above this.
  std::optional<ledger::Index> after;
  // Send only after so long: the exchange's rate limits have no room before. Comes on top of
  // `timeout`.
  Millis delay{0};
  // Where not all can have a connection: any number that stands for who asks, and whether it must
  // not wait behind others' requests.
  uint32_t who = 0;
  bool is_urgent = false;
};
using Step = std::variant<Answer, Forward>;

struct Errand {
  uint64_t id = 0;
  Destination to;
  SignedRequest request;
  Millis timeout{5000};
};

class Signer {
 public:
  virtual ~Signer() = default;

  virtual Step begin(Inbound inbound) = 0;
  virtual HttpResponse finish(uint64_t ticket, Result<HttpResponse> upstream) = 0;

  virtual std::vector<Errand> errands() = 0;
  virtual void errand_done(uint64_t id, Result<HttpResponse> upstream) = 0;

  virtual ledger::Index durable() const = 0;
  virtual Result<json::Value> control(const json::Value& command) = 0;

  // docs/operations.md explains each.
  virtual metrics::Families metrics() const = 0;
  // What keeps it from doing its work: one object each, {"missing":"clock","environment":…,
  // "exchange":…}; missing is policy, vault, ledger or clock; a ledger has a reason. Empty: ready.
  virtual json::Array missing() const = 0;
  // PEM in, PEM out, for the gate's own key: what the names are is not the gate's to say. See
  // exchange_ca.h.
  virtual Result<std::string> certify(std::string_view public_pem) = 0;
};

// A feed that runs beside the signer, and the environment whose exchanges it reads.
struct LiveSource {
  const policy::LiveMarket* market = nullptr;
  std::string environment;
};

class Realm;
// The signer over an opened realm. realm, clock, random and what live points to must outlive it.
std::unique_ptr<Signer> make_signer(Realm& realm, const Clock& clock, Random& random,
                                    LiveSource live = {});

}  // namespace keystile::signer
