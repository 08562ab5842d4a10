// One exchange's protocol, sans I/O: bytes in, values out. No sockets, files, clocks, threads or
// globals, so the gate, the sandbox, the audit, the tests and the fuzzers all use the same code.
// Adding an exchange is one folder with a subclass of this, and one line in registry.cc.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "exchanges/intent.h"
#include "exchanges/market.h"
#include "exchanges/refusal.h"
#include "exchanges/scope.h"

namespace keystile::exchanges {

// What a signed request says about itself, before anything is believed.
struct Credentials {
  std::string key_id;
  std::string signature;              // as sent (still encoded)
  std::string passphrase;             // OKX: as sent; else empty
  std::string payload;                // the bytes that were signed
  std::optional<WallTime> timestamp;  // empty on Access::kKey routes that come unsigned
  Millis window{5000};                // how long after timestamp the request is good for
};

// A real key, ready to sign. Lent by the vault for the time of one call.
struct RealKey {
  std::string_view key_id;
  const crypto::SigningKey* key = nullptr;
  const SecretBytes* passphrase = nullptr;  // OKX, else null
};

// What a virtual (or sandbox) key looks like on this exchange. secret is empty for key pairs.
struct NewKey {
  std::string key_id;
  SecretBytes secret;
  SecretBytes passphrase;  // OKX, else empty
};

// Names one order at the exchange; id or client id may be empty, not both.
struct OrderRef {
  Product product = Product::kSpot;
  std::string instrument;
  std::string order_id;
  std::string client_order_id;
  bool conditional = false;  // lives under the exchange's algo/conditional routes
  // The route that placed it ("POST /papi/v1/um/order"), where the product alone does not tell the
  // route to ask; empty: the usual route of the product.
  std::string placed_by;
};

struct OrderState {
  bool found = true;  // false: the exchange says that it has no such order
  bool open = false;  // may still fill
  std::string order_id;
  std::string client_order_id;
  Decimal filled;  // same unit as the order's quantity
  // Of a conditional order that has fired: the exchange's id of the one order that it placed, which
  // is what may still fill. Empty: it has not, or the exchange does not say so of one.
  std::string fired_as;
  bool operator==(const OrderState&) const = default;
};

// What an exchange shows of an order's terms; empty where it does not.
struct OrderTerms {
  std::string instrument;
  std::optional<Side> side;
  std::optional<Decimal> quantity, price;
  std::optional<WallTime> created;
};

// What the exchange's answer to a forwarded write means.
struct LegOutcome {
  enum class Kind { kAccepted, kRejected, kUnknown } kind = Kind::kUnknown;
  std::string order_id;
  std::string client_order_id;
  std::optional<OrderState> state;  // where the answer tells it
  bool operator==(const LegOutcome&) const = default;
};
struct Outcome {
  LegOutcome::Kind kind = LegOutcome::Kind::kUnknown;  // of the whole request
  std::vector<LegOutcome> legs;                        // one per leg of the intent, in order
  std::string code;  // the exchange's error code where it was rejected, as text; no free text
  bool operator==(const Outcome&) const = default;
};

// A public request whose answer parse_market() understands.
struct MarketQuery {
  std::string family;  // host family, see hosts()
  HttpRequest request;
  Millis every{2000};  // ask again after this long
  Product product = Product::kSpot;
};

// Where to reach the exchange. family: the part of the exchange a host serves ("api", "fapi"; most
// have one, "rest").
struct HostFamily {
  std::string family;
  std::string production;  // host name
  std::string testnet;     // host name, or empty where there is none
  // Further names of the production host that programs call.
  std::vector<std::string> aliases = {};
};

// How the exchange judges time, and how strict Keystile is on top of it.
struct TimeRule {
  Millis max_window{60000};
  Millis max_ahead{1000};  // timestamp must be < now + this
};

class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual std::string_view name() const = 0;  // "binance"
  virtual const RouteTable& routes() const = 0;
  virtual std::span<const HostFamily> hosts() const = 0;
  // The host family that serves a path of the route table.
  virtual std::string_view family_of(std::string_view path) const = 0;
  virtual TimeRule time_rule() const { return {}; }
  // Key pairs that a client's virtual key may be on this exchange (HMAC always is).
  virtual std::span<const crypto::KeyAlgorithm> algorithms() const = 0;

  // --- authenticate ---------------------------------------------------------------------------
  // Reads key id, signature, timestamp, window and the signed bytes out of a request, from every
  // place the exchange's documents allow. Refuses what is ambiguous (two keys, two signatures).
  // Errors carry the codes "credentials.missing", "credentials.malformed", "timestamp.malformed".
  virtual Result<Credentials> credentials(const HttpRequest& request, const Route& route) const = 0;
  // Decodes the signature as the exchange would for that algorithm and checks it over the payload.
  virtual bool verify(const Credentials& credentials, const crypto::VerifyingKey& key) const = 0;

  // --- interpret ------------------------------------------------------------------------------
  // The request's meaning. Unknown, repeated or contradictory parameters of any route that is not
  // market or read are errors: "parameter.unknown", "parameter.repeated", "parameter.missing",
  // "parameter.value", "route.undescribed". Authentication parameters are not judged here.
  virtual Result<Intent> interpret(const Route& route, const HttpRequest& request) const = 0;

  // --- refuse ---------------------------------------------------------------------------------
  // The native answer. Never contains a key, the payload, or anything a client would take as a
  // reason to send the same order again. Adds no X-Keystile-* header (the signer does).
  virtual HttpResponse refuse(const Refusal& refusal, const Route* route,
                              const HttpRequest& request, WallTime now) const = 0;

  // --- sign -----------------------------------------------------------------------------------
  // The request as it will be sent: the client's bytes with only credentials, timestamp, window
  // and signature replaced, and client_order_ids put in where a placed leg had none (one per such
  // leg, in order; one for all legs of one order). Hop-by-hop headers, Host and Content-Length are
  // the gate's to set; every other client header is dropped except Content-Type, Accept and
  // User-Agent.
  virtual Result<HttpRequest> sign(const HttpRequest& request, const Route& route,
                                   const RealKey& key, WallTime now, Millis window,
                                   std::span<const std::string> client_order_ids) const = 0;
  // A client order id of our own, of a shape that every order route of the exchange accepts.
  virtual std::string make_client_order_id(Random& random) const = 0;

  // --- outcome --------------------------------------------------------------------------------
  virtual Outcome outcome(const Route& route, const Intent& intent,
                          const HttpResponse& response) const = 0;

  // --- our own requests -----------------------------------------------------------------------
  // Unsigned requests for Exchange::sign() with a read key (or for sending as they are, where
  // public). order_query(): an empty path where the exchange has no way to ask for that order; it
  // then stays as it is.
  virtual HttpRequest order_query(const OrderRef& order) const = 0;
  // Where order_query() forgets orders: asks their history, in which one may still stand that it
  // does not find. An empty path where order_query() alone is to be believed.
  virtual HttpRequest order_history_query(const OrderRef& /*order*/) const { return {}; }
  // Of the answer to either.
  virtual Result<OrderState> parse_order(const OrderRef& order,
                                         const HttpResponse& response) const = 0;
  // Of the order in an answer that parse_order() could read.
  virtual OrderTerms order_terms(const HttpResponse& response) const = 0;
  virtual std::vector<MarketQuery> market_queries() const = 0;
  virtual Result<MarketUpdate> parse_market(const MarketQuery& query,
                                            const HttpResponse& response) const = 0;
  virtual HttpRequest time_query(std::string_view family) const = 0;
  virtual Result<WallTime> parse_time(const HttpResponse& response) const = 0;
  // The gate answers the exchange's time routes itself, from its corrected clock. Null for others.
  virtual std::optional<HttpResponse> answer_time(const Route& route, WallTime now) const = 0;

  // --- keys -----------------------------------------------------------------------------------
  // A key id, secret (and passphrase) shaped as this exchange's own.
  virtual Result<NewKey> make_key(Random& random) const = 0;
};

// All exchanges Keystile speaks. Lives for the whole program.
std::span<const Exchange* const> all_exchanges();
const Exchange* find_exchange(std::string_view name);

}  // namespace keystile::exchanges
