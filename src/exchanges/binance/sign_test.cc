#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "exchanges/binance/auth.h"
#include "exchanges/binance/testing.h"

namespace keystile::exchanges::binance {
namespace {

constexpr std::string_view kRealId =
    "REALREALREALREALREALREALREALREALREALREALREALREALREALREALREALREA1";
constexpr std::string_view kRealSecret = "a secret of the exchange";
constexpr WallTime kNow{Millis{1700000000123}};

crypto::SigningKey real_signing_key() {
  return *crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret(kRealSecret));
}

Result<HttpRequest> signed_by_real_key(const HttpRequest& request, std::string_view route,
                                       std::vector<std::string> ids = {}) {
  const crypto::SigningKey key = real_signing_key();
  return exchange().sign(request, *route_of(route), RealKey{kRealId, &key, nullptr}, kNow,
                         Millis(4000), ids);
}

bool upstream_accepts(const HttpRequest& request, std::string_view route) {
  const auto credentials = exchange().credentials(request, *route_of(route));
  return credentials && credentials->key_id == kRealId && credentials->timestamp == kNow &&
         credentials->window == Millis(4000) &&
         exchange().verify(*credentials, *crypto::VerifyingKey::hmac(secret(kRealSecret)));
}

HttpRequest from_client(std::string_view route, std::string_view query,
                        std::string_view body = {}) {
  HttpRequest request = request_for(route, query, body);
  request.headers = {{"x-mbx-apikey", "VIRTUAL"},
                     {"User-Agent", "bot/1"},
                     {"Cookie", "a=b"},
                     {"X-Forwarded-For", "10.0.0.1"},
                     {"Accept", "application/json"}};
  return request;
}

struct Placement {
  std::string_view query, body, signed_query, signed_body;  // without the signature's own value
};

const Placement kPlacements[] = {
    {"symbol=A&recvWindow=9&timestamp=1499827319559&signature=ff", "",
     "symbol=A&recvWindow=4000&timestamp=1700000000123&signature=", ""},
    {"signature=ff&timestamp=1499827319559&symbol=A", "",
     "timestamp=1700000000123&symbol=A&recvWindow=4000&signature=", ""},
    {"", "symbol=A&signature=ff&timestamp=1499827319559", "",
     "symbol=A&timestamp=1700000000123&recvWindow=4000&signature="},
    {"symbol=A&note=%2Fx+y", "timestamp=1499827319559&signature=ff", "symbol=A&note=%2Fx+y",
     "timestamp=1700000000123&recvWindow=4000&signature="},
    {"timestamp=1499827319559&signature=ff", "symbol=A",
     "timestamp=1700000000123&recvWindow=4000&signature=", "symbol=A"},
};

TEST(BinanceSign, ReplacesTimeWindowAndSignatureOnly) {
  const std::string route = "DELETE /api/v3/openOrders";
  for (const Placement& p : kPlacements) {
    const auto out = signed_by_real_key(from_client(route, p.query, p.body), route);
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_TRUE(upstream_accepts(*out, route)) << out->query << ' ' << out->body;
    EXPECT_EQ(out->query.substr(0, p.signed_query.size()), p.signed_query);
    EXPECT_EQ(out->body.substr(0, p.signed_body.size()), p.signed_body);
    const size_t extra =
        out->query.size() + out->body.size() - p.signed_query.size() - p.signed_body.size();
    EXPECT_EQ(extra, 64u) << "only the signature's hex follows";
    EXPECT_EQ(out->path, "/api/v3/openOrders");
  }
}

TEST(BinanceSign, LetsOnlyNamedHeadersThrough) {
  const std::string route = "DELETE /api/v3/openOrders";
  const auto out = signed_by_real_key(
      from_client(route, "symbol=A", "timestamp=1499827319559&signature=ff"), route);
  ASSERT_TRUE(out);
  std::string names;
  for (const Header& header : out->headers) names += header.name + ";";
  EXPECT_EQ(names, "Accept;User-Agent;Content-Type;X-MBX-APIKEY;");
  EXPECT_EQ(*find_header(out->headers, kKeyHeader), kRealId);
}

TEST(BinanceSign, KeyRoutesGetTheKeyAlone) {
  const std::string route = "GET /fapi/v1/historicalTrades";
  const auto out = signed_by_real_key(from_client(route, "symbol=A&limit=5"), route);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->query, "symbol=A&limit=5");
  EXPECT_EQ(*find_header(out->headers, kKeyHeader), kRealId);
  // A client that signs all the same must not send its own signature on.
  const auto again = signed_by_real_key(
      from_client(route, "symbol=A&timestamp=1499827319559&signature=ff"), route);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->query.find("signature=ff"), std::string::npos);
}

TEST(BinanceSign, PutsClientOrderIdsWhereTheyAreMissing) {
  const auto query_of = [](std::string_view route, std::string_view query,
                           std::vector<std::string> ids) {
    const auto out = signed_by_real_key(from_client(route, query), route, std::move(ids));
    return out ? out->query : out.error().code;
  };
  const std::string auth = "&timestamp=1499827319559&signature=ff";
  EXPECT_NE(
      query_of("POST /api/v3/order", "symbol=A" + auth, {"id-1"}).find("&newClientOrderId=id-1&"),
      std::string::npos);
  EXPECT_EQ(query_of("POST /api/v3/order", "symbol=A&newClientOrderId=x" + auth, {"id-1"}),
            "client_order_id.count");
  const std::string oco =
      query_of("POST /api/v3/orderList/oco", "symbol=A&aboveClientOrderId=mine" + auth, {"id-1"});
  EXPECT_NE(oco.find("&belowClientOrderId=id-1&"), std::string::npos);
  EXPECT_EQ(oco.find("aboveClientOrderId=id"), std::string::npos);
  const std::string otoco =
      query_of("POST /api/v3/orderList/otoco", "symbol=A" + auth, {"id-1", "id-2", "id-3"});
  EXPECT_NE(otoco.find("workingClientOrderId=id-1&pendingAboveClientOrderId=id-2&"
                       "pendingBelowClientOrderId=id-3&"),
            std::string::npos);
  EXPECT_NE(
      query_of("POST /fapi/v1/algoOrder", "symbol=A" + auth, {"id-1"}).find("&clientAlgoId=id-1&"),
      std::string::npos);
  EXPECT_NE(query_of("POST /papi/v1/um/conditional/order", "symbol=A" + auth, {"id-1"})
                .find("&newClientStrategyId=id-1&"),
            std::string::npos);
  EXPECT_NE(
      query_of("POST /eapi/v1/order", "symbol=A" + auth, {"id-1"}).find("&clientOrderId=id-1&"),
      std::string::npos);
  EXPECT_EQ(query_of("POST /api/v3/order", "symbol=A" + auth, {"a", "b"}), "client_order_id.count");
}

TEST(BinanceSign, PutsClientOrderIdsIntoABatch) {
  const std::string route = "POST /fapi/v1/batchOrders";
  const std::string batch =
      R"([{"symbol":"A}","side":"BUY"}, {"newClientOrderId":"mine"},{"note":"\"]{"}])";
  const auto out =
      signed_by_real_key(from_client(route, "batchOrders=" + percent_encode(batch) +
                                                "&timestamp=1499827319559" + "&signature=ff"),
                         route, {"id-1", "id-2"});
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_TRUE(upstream_accepts(*out, route));
  const size_t end = out->query.find('&');
  EXPECT_EQ(
      *percent_decode(out->query.substr(12, end - 12), true),
      R"([{"symbol":"A}","side":"BUY","newClientOrderId":"id-1"}, {"newClientOrderId":"mine"},)"
      R"({"note":"\"]{","newClientOrderId":"id-2"}])");
}

// Any parameters, in any order, split in any way: what leaves is signed rightly, and what is not
// authentication leaves byte for byte.
RC_GTEST_PROP(BinanceSignProperty, SignedRequestsVerifyAndKeepTheRest, ()) {
  const auto names = *rc::gen::container<std::vector<std::string>>(
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'k'))));
  const auto split = *rc::gen::inRange<size_t>(0, names.size() + 1);
  const auto signature_at = *rc::gen::inRange<size_t>(0, names.size() + 1);
  const bool window = *rc::gen::arbitrary<bool>();
  std::vector<std::string> pieces;
  for (const std::string& name : names) {
    pieces.push_back(name + "=" +
                     percent_encode(*rc::gen::container<std::string>(rc::gen::inRange(' ', '~'))));
  }
  const std::vector<std::string> kept = pieces;
  pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(signature_at), "signature=00");
  pieces.push_back("timestamp=1499827319559");
  if (window) pieces.push_back("recvWindow=777");
  std::string query, body;
  for (size_t i = 0; i < pieces.size(); ++i) {
    std::string& text = i < split ? query : body;
    text += (text.empty() ? "" : "&") + pieces[i];
  }
  const std::string route = "POST /api/v3/order";
  const auto out = signed_by_real_key(from_client(route, query, body), route);
  RC_ASSERT(out.has_value());
  RC_ASSERT(upstream_accepts(*out, route));
  std::vector<std::string> left;
  const auto params = request_params(*out);
  RC_ASSERT(params.has_value());
  for (const Param& param : *params) {
    if (is_auth_param(param.name)) continue;
    const std::string& text = param.source == ParamSource::kQuery ? out->query : out->body;
    left.push_back(text.substr(param.begin, param.end - param.begin));
  }
  RC_ASSERT(left == kept);
  const std::string& home =
      out->query.find("signature=") == std::string::npos ? out->body : out->query;
  RC_ASSERT(home.rfind("signature=") == home.size() - 74);
}

// Whatever the bytes: no described route accepts a parameter that its table does not name, and none
// of this crashes (these tests run under sanitizers).
RC_GTEST_PROP(BinanceIntentProperty, OddBytesAreRefusedNotObeyed, ()) {
  std::vector<const Route*> described;
  for (const Route& route : exchange().routes().all()) {
    if (route.described) described.push_back(&route);
  }
  const Route& route = *described[*rc::gen::inRange<size_t>(0, described.size())];
  const auto piece = rc::gen::element<std::string>("symbol=BTCUSDT", "side=BUY", "type=LIMIT",
                                                   "quantity=1", "price=2", "orderId=1", "asset=A",
                                                   "amount=1", "batchOrders=%5B%7B%7D%5D", "&", "=",
                                                   "%", "%00", "%ff", "\"", "[", "timeInForce=");
  std::string query = "surprise=1";
  for (const std::string& text : *rc::gen::container<std::vector<std::string>>(piece)) {
    query += "&" + text;
  }
  HttpRequest request = request_for(route.method + " " + route.path, query);
  RC_ASSERT(!exchange().interpret(route, request).has_value());
  RC_ASSERT(!exchange().credentials(request, route).has_value());
}

}  // namespace
}  // namespace keystile::exchanges::binance
