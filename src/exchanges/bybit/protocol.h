// The class behind bybit.h. Its members are defined in auth.cc, sign.cc, intents.cc, errors.cc,
// outcome.cc, market.cc and bybit.cc.
#pragma once

#include "base/json.h"
#include "exchanges/exchange.h"

namespace keystile::exchanges::bybit {

class Bybit final : public Exchange {
 public:
  Bybit();

  std::string_view name() const override { return "bybit"; }
  const RouteTable& routes() const override { return routes_; }
  std::span<const HostFamily> hosts() const override;
  std::string_view family_of(std::string_view path) const override;
  std::span<const crypto::KeyAlgorithm> algorithms() const override;

  Result<Credentials> credentials(const HttpRequest& request, const Route& route) const override;
  bool verify(const Credentials& credentials, const crypto::VerifyingKey& key) const override;
  Result<Intent> interpret(const Route& route, const HttpRequest& request) const override;
  HttpResponse refuse(const Refusal& refusal, const Route* route, const HttpRequest& request,
                      WallTime now) const override;
  Result<HttpRequest> sign(const HttpRequest& request, const Route& route, const RealKey& key,
                           WallTime now, Millis window,
                           std::span<const std::string> client_order_ids) const override;
  std::string make_client_order_id(Random& random) const override;
  Outcome outcome(const Route& route, const Intent& intent,
                  const HttpResponse& response) const override;
  HttpRequest order_query(const OrderRef& order) const override;
  HttpRequest order_history_query(const OrderRef& order) const override;
  Result<OrderState> parse_order(const OrderRef& order,
                                 const HttpResponse& response) const override;
  OrderTerms order_terms(const HttpResponse& response) const override;
  std::vector<MarketQuery> market_queries() const override;
  Result<MarketUpdate> parse_market(const MarketQuery& query,
                                    const HttpResponse& response) const override;
  HttpRequest time_query(std::string_view family) const override;
  Result<WallTime> parse_time(const HttpResponse& response) const override;
  std::optional<HttpResponse> answer_time(const Route& route, WallTime now) const override;
  Result<NewKey> make_key(Random& random) const override;

 private:
  RouteTable routes_;
};

// Names of the request headers (docs/v5/guide).
inline constexpr std::string_view kKeyHeader = "X-BAPI-API-KEY";
inline constexpr std::string_view kTimestampHeader = "X-BAPI-TIMESTAMP";
inline constexpr std::string_view kSignatureHeader = "X-BAPI-SIGN";
inline constexpr std::string_view kWindowHeader = "X-BAPI-RECV-WINDOW";

// "spot", "linear", "inverse" or "option". Margin orders are orders of the category spot.
std::string_view category_of(Product product);
std::optional<Product> product_of(std::string_view category);

// True for the order routes that take several orders in `request`.
bool is_batch(std::string_view path);

// {"retCode":…,"retMsg":…,"result":…,"retExtInfo":…,"time":…} as an HTTP answer.
HttpResponse envelope(int64_t code, std::string_view message, json::Value result, json::Value extra,
                      WallTime now);

// The `result` of a good answer. "upstream.answer" if it is none.
Result<json::Value> result_of(const HttpResponse& response);

}  // namespace keystile::exchanges::bybit
