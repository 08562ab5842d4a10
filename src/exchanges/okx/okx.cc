#include "exchanges/okx/okx.h"

#include "exchanges/okx/auth.h"
#include "exchanges/okx/intents.h"
#include "exchanges/okx/outcomes.h"
#include "exchanges/okx/public_data.h"
#include "exchanges/okx/refusals.h"

namespace keystile::exchanges::okx {

extern const std::string_view kRoutesText;
extern const std::string_view kNetworksText;  // networks.tsv

namespace {

class Okx final : public Exchange {
 public:
  std::string_view name() const override { return "okx"; }
  const RouteTable& routes() const override {
    static const RouteTable table(kRoutesText);
    return table;
  }
  std::span<const HostFamily> hosts() const override {
    // Demo trading is the same host with a header that only an environment may set: README.md.
    static const HostFamily families[] = {
        {"rest",
         "openapi.okx.com",
         "",
         {"www.okx.com", "aws.okx.com", "us.okx.com", "eea.okx.com"}}};
    return families;
  }
  std::string_view family_of(std::string_view) const override { return "rest"; }
  TimeRule time_rule() const override { return {.max_window = kWindow}; }
  std::span<const crypto::KeyAlgorithm> algorithms() const override { return {}; }

  Result<Credentials> credentials(const HttpRequest& request, const Route&) const override {
    return read_credentials(request);
  }
  bool verify(const Credentials& credentials, const crypto::VerifyingKey& key) const override {
    return verify_signature(credentials, key);
  }
  Result<Intent> interpret(const Route& route, const HttpRequest& request) const override {
    return okx::interpret(route, request);
  }
  HttpResponse refuse(const Refusal& refusal, const Route* route, const HttpRequest& request,
                      WallTime) const override {
    return okx::refuse(refusal, route, request);
  }
  Result<HttpRequest> sign(const HttpRequest& request, const Route&, const RealKey& key,
                           WallTime now, Millis,
                           std::span<const std::string> client_order_ids) const override {
    return sign_request(request, key, now, client_order_ids);
  }
  std::string make_client_order_id(Random& random) const override {
    return okx::make_client_order_id(random);
  }
  Outcome outcome(const Route&, const Intent& intent, const HttpResponse& response) const override {
    return read_outcome(intent, response);
  }
  HttpRequest order_query(const OrderRef& order) const override { return okx::order_query(order); }
  Result<OrderState> parse_order(const OrderRef& order,
                                 const HttpResponse& response) const override {
    return okx::parse_order(order, response);
  }
  OrderTerms order_terms(const HttpResponse& response) const override {
    return okx::order_terms(response);
  }
  std::vector<MarketQuery> market_queries() const override { return okx::market_queries(); }
  Result<MarketUpdate> parse_market(const MarketQuery& query,
                                    const HttpResponse& response) const override {
    return okx::parse_market(query, response);
  }
  HttpRequest time_query(std::string_view) const override { return okx::time_query(); }
  Result<WallTime> parse_time(const HttpResponse& response) const override {
    return okx::parse_time(response);
  }
  std::optional<HttpResponse> answer_time(const Route& route, WallTime now) const override {
    return okx::answer_time(route, now);
  }
  Result<NewKey> make_key(Random& random) const override { return okx::make_key(random); }
};

}  // namespace

const Exchange& exchange() {
  static const Okx okx;
  return okx;
}

const NetworkTable& networks() {
  static const NetworkTable table(kNetworksText, /*asset_first=*/true);
  return table;
}

}  // namespace keystile::exchanges::okx
