#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/json.h"
#include "exchanges/bybit/testing.h"

namespace keystile::exchanges::bybit {
namespace {

const crypto::SigningKey& signing_key() {
  static const crypto::SigningKey key = *crypto::SigningKey::open(
      crypto::KeyAlgorithm::kHmacSha256, *SecretBytes::copy_of("real-secret"));
  return key;
}

Result<HttpRequest> sign(const HttpRequest& request, const std::vector<std::string>& ids) {
  const Route* route = exchange().routes().find(request.method, request.path);
  return exchange().sign(request, *route, {"realKey", &signing_key(), nullptr},
                         from_epoch_ms(1700000000000), Millis{4321}, ids);
}

TEST(BybitSign, PutsAClientOrderIdWhereThereIsNone) {
  const auto one =
      sign(make_request("POST", "/v5/order/create", R"( {"symbol":"{[\"" , "qty":1})"), {"ks1"});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->body, R"( {"orderLinkId":"ks1","symbol":"{[\"" , "qty":1})");

  const auto batch = sign(
      make_request("POST", "/v5/order/create-batch",
                   R"({"category":"{}","request":[{"a":"[{"},{"orderLinkId":"own"}, {"b":{}}]})"),
      {"ks1", "ks2"});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->body, R"({"category":"{}","request":[{"orderLinkId":"ks1","a":"[{"},)"
                         R"({"orderLinkId":"own"}, {"orderLinkId":"ks2","b":{}}]})");
}

TEST(BybitSign, TooManyOrTooFewIdsAreAnError) {
  const HttpRequest own = make_request("POST", "/v5/order/create", R"({"orderLinkId":"own"})");
  EXPECT_EQ(sign(own, {"ks1"}).error().code, "sign.client_order_id");
  const HttpRequest two =
      make_request("POST", "/v5/order/create-batch", R"({"request":[{"a":1},{"b":1}]})");
  EXPECT_EQ(sign(two, {"ks1"}).error().code, "sign.client_order_id");
  EXPECT_EQ(sign(two, {"ks1", "ks2", "ks3"}).error().code, "sign.client_order_id");
}

// Text with the characters that could mislead a scan of JSON.
rc::Gen<std::string> any_text() {
  return rc::gen::container<std::string>(rc::gen::elementOf(std::string("a{}[]\",:\\ \n")));
}

// A batch body; where own[i], order i has its own id. The values are text or numbers, as
// interpret() lets through.
json::Value batch_body(const std::vector<bool>& own, const std::vector<std::string>& texts) {
  json::Array orders;
  for (size_t i = 0; i < own.size(); ++i) {
    json::Value order = json::object({{"symbol", texts[i]}, {"qty", 1}});
    if (own[i]) order.set("orderLinkId", "own");
    orders.push_back(std::move(order));
  }
  return json::object({{"category", "spot"}, {"request", std::move(orders)}});
}

void check_signed(const HttpRequest& sent) {
  const Route* route = exchange().routes().find(sent.method, sent.path);
  const auto credentials = exchange().credentials(sent, *route);
  RC_ASSERT(credentials.has_value());
  const auto key = crypto::VerifyingKey::hmac(*SecretBytes::copy_of("real-secret"));
  RC_ASSERT(exchange().verify(*credentials, *key));
  RC_ASSERT(credentials->key_id == "realKey");
  RC_ASSERT(credentials->window == Millis{4321});
}

RC_GTEST_PROP(BybitSign, BatchesVerifyAndDifferOnlyByIds, (const std::vector<bool>& own)) {
  RC_PRE(!own.empty());
  const auto texts = *rc::gen::container<std::vector<std::string>>(own.size(), any_text());
  const std::string body = json::dump(batch_body(own, texts));
  std::vector<std::string> ids;
  for (const bool has : own) {
    if (!has) ids.push_back("ks" + std::to_string(ids.size()));
  }
  const auto sent = sign(make_request("POST", "/v5/order/create-batch", body), ids);
  RC_ASSERT(sent.has_value());
  check_signed(*sent);

  // Each id stands in its own order, and taking them out again gives the client's bytes.
  std::string without = sent->body;
  for (const std::string& id : ids) {
    const std::string member = "\"orderLinkId\":\"" + id + "\",";
    const size_t at = without.find(member);
    RC_ASSERT(at != std::string::npos);
    without.erase(at, member.size());
  }
  RC_ASSERT(without == body);
  const auto value = json::parse(sent->body);
  size_t used = 0;
  for (size_t i = 0; i < own.size(); ++i) {
    const json::Value& order = (*value->find("request")->if_array())[i];
    RC_ASSERT(order.text("orderLinkId") == (own[i] ? "own" : ids[used++]));
    RC_ASSERT(order.text("symbol") == texts[i]);
  }
}

RC_GTEST_PROP(BybitSign, SingleOrdersVerifyWhateverTheyHold, ()) {
  const std::string text = *any_text();
  const json::Value body =
      json::object({{text, text}, {"nested", json::object({{"list", json::array({text, 1})}})}});
  const HttpRequest request = make_request("POST", "/v5/order/create", json::dump_pretty(body));
  const auto sent = sign(request, {"ks1"});
  RC_ASSERT(sent.has_value());
  check_signed(*sent);
  RC_ASSERT(sent->body == "{\"orderLinkId\":\"ks1\"," + request.body.substr(1));
}

}  // namespace
}  // namespace keystile::exchanges::bybit
