#include "exchanges/binance/binance.h"

#include <array>

#include "exchanges/binance/auth.h"
#include "exchanges/binance/intents.h"
#include "exchanges/binance/market.h"
#include "exchanges/binance/outcome.h"
#include "exchanges/binance/refusals.h"

namespace keystile::exchanges::binance {

extern const std::string_view kRoutesText;    // routes.tsv
extern const std::string_view kNetworksText;  // networks.tsv

namespace {

constexpr std::string_view kKeyAlphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr size_t kKeyLength = 64;
// No vowels: Binance's firewall stops ids that read like SQL.
constexpr std::string_view kIdAlphabet = "0123456789bcdfghjkmnpqrstvwxz";
constexpr size_t kIdLength = 32;  // exactly, for the algo routes; at most 36 elsewhere

constexpr std::array<crypto::KeyAlgorithm, 3> kAlgorithms{crypto::KeyAlgorithm::kHmacSha256,
                                                          crypto::KeyAlgorithm::kRsaSha256,
                                                          crypto::KeyAlgorithm::kEd25519};

class Binance final : public Exchange {
 public:
  std::string_view name() const override { return "binance"; }
  const RouteTable& routes() const override {
    static const RouteTable table(kRoutesText);
    return table;
  }
  std::span<const HostFamily> hosts() const override {
    static const std::array<HostFamily, 6> hosts{{
        {"api",
         "api.binance.com",
         "testnet.binance.vision",
         {"api-gcp.binance.com", "api1.binance.com", "api2.binance.com", "api3.binance.com",
          "api4.binance.com", "data-api.binance.vision"}},
        {"sapi", "api.binance.com", ""},
        {"fapi", "fapi.binance.com", "demo-fapi.binance.com"},
        {"dapi", "dapi.binance.com", "demo-dapi.binance.com"},
        {"papi", "papi.binance.com", ""},
        {"eapi", "eapi.binance.com", "testnet.binancefuture.com"},
    }};
    return hosts;
  }
  std::string_view family_of(std::string_view path) const override {
    if (path.starts_with('/')) {
      const std::string_view first = path.substr(1, path.find('/', 1) - 1);
      for (const HostFamily& host : hosts()) {
        if (first == host.family && path.size() > first.size() + 1) return host.family;
      }
    }
    return path.starts_with("/futures/data/") ? "fapi" : "api";
  }
  std::span<const crypto::KeyAlgorithm> algorithms() const override { return kAlgorithms; }

  Result<Credentials> credentials(const HttpRequest& request, const Route& route) const override {
    return read_credentials(request, route);
  }
  bool verify(const Credentials& credentials, const crypto::VerifyingKey& key) const override {
    return verify_signature(credentials, key);
  }
  Result<Intent> interpret(const Route& route, const HttpRequest& request) const override {
    return read_intent(route, request);
  }
  HttpResponse refuse(const Refusal& refusal, const Route* route, const HttpRequest& request,
                      WallTime) const override {
    return native_refusal(refusal, route, request);
  }
  Result<HttpRequest> sign(const HttpRequest& request, const Route& route, const RealKey& key,
                           WallTime now, Millis window,
                           std::span<const std::string> client_order_ids) const override {
    if (client_order_ids.empty()) return sign_request(request, route, key, now, window);
    KS_TRY(const HttpRequest named, with_client_order_ids(request, route, client_order_ids));
    return sign_request(named, route, key, now, window);
  }
  std::string make_client_order_id(Random& random) const override {
    return "ks" + random.text(kIdLength - 2, kIdAlphabet);
  }
  Outcome outcome(const Route& route, const Intent& intent,
                  const HttpResponse& response) const override {
    return read_outcome(route, intent, response);
  }
  HttpRequest order_query(const OrderRef& order) const override { return make_order_query(order); }
  HttpRequest order_history_query(const OrderRef& order) const override {
    return make_order_history_query(order);
  }
  Result<OrderState> parse_order(const OrderRef& order,
                                 const HttpResponse& response) const override {
    return read_order(order, response);
  }
  OrderTerms order_terms(const HttpResponse& response) const override {
    return read_order_terms(response);
  }
  std::vector<MarketQuery> market_queries() const override { return make_market_queries(); }
  Result<MarketUpdate> parse_market(const MarketQuery& query,
                                    const HttpResponse& response) const override {
    return read_market(query, response);
  }
  HttpRequest time_query(std::string_view family) const override { return make_time_query(family); }
  Result<WallTime> parse_time(const HttpResponse& response) const override {
    return read_time(response);
  }
  std::optional<HttpResponse> answer_time(const Route& route, WallTime now) const override {
    return time_answer(route, now);
  }
  Result<NewKey> make_key(Random& random) const override {
    NewKey key;
    key.key_id = random.text(kKeyLength, kKeyAlphabet);
    std::string secret = random.text(kKeyLength, kKeyAlphabet);
    auto kept = SecretBytes::copy_of(secret);
    wipe(&secret);
    KS_TRY(key.secret, std::move(kept));
    return key;
  }
};

}  // namespace

const Exchange& exchange() {
  static const Binance instance;
  return instance;
}

const NetworkTable& networks() {
  static const NetworkTable table(kNetworksText, /*asset_first=*/false);
  return table;
}

}  // namespace keystile::exchanges::binance
