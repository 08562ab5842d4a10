#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "base/utf8.h"
#include "exchanges/okx/okx_test_support.h"

namespace keystile::exchanges::okx {
namespace {

const Exchange& okx = exchange();

struct Example {
  HttpRequest request;
  std::string_view signature;
};

// Signatures computed apart from this code, with the sample secret of OKX's documents.
std::vector<Example> worked_examples() {
  return {
      {get("/api/v5/account/balance?ccy=BTC"), "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="},
      {post(
           "/api/v5/trade/order",
           R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2"})"),
       "iwrdSpN7pm4G4u8+fswZUyH6mOM48+sBF6WvKpj4Dvk="},
      {get("/api/v5/account/config"), "Kr/8IrbDYujS4cg2KkmB+tO2HMUXxyayG6ZwNb4H/yA="},
  };
}

TEST(OkxAuth, WorkedExamplesVerify) {
  const crypto::VerifyingKey key = verifying_key();
  for (const Example& example : worked_examples()) {
    const HttpRequest request = with_credentials(example.request, example.signature);
    const auto credentials = okx.credentials(request, route_of(request));
    ASSERT_TRUE(credentials) << credentials.error().message;
    EXPECT_EQ(credentials->key_id, kKeyId);
    EXPECT_EQ(credentials->passphrase, kPassphrase);
    EXPECT_EQ(credentials->timestamp, from_epoch_ms(1607418537715));
    EXPECT_EQ(credentials->window, Millis(30000));
    EXPECT_TRUE(okx.verify(*credentials, key)) << request.path;
  }
}

TEST(OkxAuth, EveryChangedPartBreaksTheSignature) {
  const crypto::VerifyingKey key = verifying_key();
  const Example order = worked_examples()[1];
  const auto verifies = [&](HttpRequest request, std::string_view signature,
                            std::string_view timestamp = kTimestamp) {
    const auto credentials =
        okx.credentials(with_credentials(std::move(request), signature, timestamp), Route{});
    return credentials && okx.verify(*credentials, key);
  };
  HttpRequest changed = order.request;
  changed.body.push_back(' ');
  EXPECT_FALSE(verifies(changed, order.signature));
  changed = order.request;
  changed.path = "/api/v5/trade/order-precheck";
  EXPECT_FALSE(verifies(changed, order.signature));
  changed = order.request;
  changed.has_query = true;  // a bare '?' is part of what is signed
  EXPECT_FALSE(verifies(changed, order.signature));
  changed = order.request;
  changed.method = "PUT";
  EXPECT_FALSE(verifies(changed, order.signature));
  EXPECT_FALSE(verifies(order.request, order.signature, "2020-12-08T09:08:57.716Z"));
  EXPECT_TRUE(verifies(order.request, order.signature));
  // Base64 has one spelling only.
  for (std::string_view other : {"iwrdSpN7pm4G4u8+fswZUyH6mOM48+sBF6WvKpj4Dvk",
                                 "iwrdSpN7pm4G4u8-fswZUyH6mOM48-sBF6WvKpj4Dvk=",
                                 "iwrdSpN7pm4G4u8+fswZUyH6mOM48+sBF6WvKpj4Dvl="}) {
    EXPECT_FALSE(verifies(order.request, other)) << other;
  }
}

TEST(OkxAuth, CredentialsMustStandExactlyOnce) {
  const HttpRequest whole = with_credentials(get("/api/v5/account/config"), "x");
  for (const char* name :
       {"OK-ACCESS-KEY", "OK-ACCESS-SIGN", "OK-ACCESS-TIMESTAMP", "OK-ACCESS-PASSPHRASE"}) {
    HttpRequest request = whole;
    remove_headers(&request.headers, name);
    EXPECT_EQ(okx.credentials(request, Route{}).error().code, "credentials.missing") << name;
    request.headers.push_back({name, ""});
    EXPECT_EQ(okx.credentials(request, Route{}).error().code, "credentials.missing") << name;
    request = whole;
    request.headers.push_back({name, "second"});
    EXPECT_EQ(okx.credentials(request, Route{}).error().code, "credentials.malformed") << name;
  }
}

// Path and body are signed without anything between them, so one signature fits both.
TEST(OkxAuth, WhatIsReadHasNoBody) {
  HttpRequest request = with_credentials(get("/api/v5/account/config"), "x");
  EXPECT_TRUE(okx.credentials(request, Route{}));
  request.body = "?ccy=USDT";
  EXPECT_EQ(okx.credentials(request, Route{}).error().code, "credentials.malformed");
}

TEST(OkxAuth, OnlyIsoTimestampsAreRead) {
  for (const char* timestamp : {"1607418537715", "1607418537.715", "2020-12-08T09:08:57Z",
                                "2020-12-08T09:08:57.715+00:00", "2020-12-08 09:08:57.715Z"}) {
    const HttpRequest request = with_credentials(get("/api/v5/account/config"), "x", timestamp);
    EXPECT_EQ(okx.credentials(request, Route{}).error().code, "timestamp.malformed") << timestamp;
  }
}

RealKey real_key(const crypto::SigningKey& key, const SecretBytes& passphrase) {
  return {"real-key-id", &key, &passphrase};
}

TEST(OkxSign, ReplacesCredentialsAndDropsOtherHeaders) {
  const crypto::SigningKey key = signing_key(kSecret);
  const SecretBytes passphrase = secret("Real-Phrase1");
  HttpRequest request = with_credentials(get("/api/v5/account/config"), "clientsignature");
  request.headers.push_back({"User-Agent", "ccxt"});
  request.headers.push_back({"expTime", "1607418540000"});
  request.headers.push_back({"x-simulated-trading", "1"});
  request.headers.push_back({"Cookie", "a=b"});
  const auto sent = okx.sign(request, route_of(request), real_key(key, passphrase),
                             from_epoch_ms(1607418537715), Millis(1000), {});
  ASSERT_TRUE(sent);
  EXPECT_EQ(*find_header(sent->headers, "OK-ACCESS-SIGN"),
            "Kr/8IrbDYujS4cg2KkmB+tO2HMUXxyayG6ZwNb4H/yA=");
  EXPECT_EQ(*find_header(sent->headers, "OK-ACCESS-KEY"), "real-key-id");
  EXPECT_EQ(*find_header(sent->headers, "OK-ACCESS-PASSPHRASE"), "Real-Phrase1");
  EXPECT_EQ(*find_header(sent->headers, "OK-ACCESS-TIMESTAMP"), kTimestamp);
  EXPECT_EQ(*find_header(sent->headers, "expTime"), "1607418540000");
  EXPECT_EQ(find_header(sent->headers, "x-simulated-trading"), nullptr);
  EXPECT_EQ(find_header(sent->headers, "Cookie"), nullptr);
  for (const Header& header : sent->headers) {
    EXPECT_NE(header.value, kKeyId);
    EXPECT_NE(header.value, "clientsignature");
  }
}

// Another character set could hide a second member in a text that we read as one.
TEST(OkxSign, ABodyIsSentAsTheJsonThatWasRead) {
  const crypto::SigningKey key = signing_key(kSecret);
  const SecretBytes passphrase = secret("Real-Phrase1");
  HttpRequest request = post("/api/v5/trade/order", R"({"sz":"1"})");
  set_header(&request.headers, "Content-Type", "application/json; charset=gbk");
  const auto sent =
      okx.sign(request, Route{}, real_key(key, passphrase), from_epoch_ms(0), Millis(1000), {});
  ASSERT_TRUE(sent);
  EXPECT_EQ(*find_header(sent->headers, "Content-Type"), "application/json");
}

std::string body_with_ids(std::string_view path, std::string_view body,
                          std::vector<std::string> ids) {
  const crypto::SigningKey key = signing_key(kSecret);
  const SecretBytes passphrase = secret(kPassphrase);
  const auto sent = okx.sign(post(path, body), Route{}, real_key(key, passphrase), from_epoch_ms(0),
                             Millis(1000), ids);
  return sent ? sent->body : sent.error().code;
}

TEST(OkxSign, PutsClientOrderIdsWhereTheyAreAbsent) {
  EXPECT_EQ(body_with_ids("/api/v5/trade/order", R"( { "sz": "1" } )", {"a1"}),
            R"( {"clOrdId":"a1", "sz": "1" } )");
  EXPECT_EQ(body_with_ids("/api/v5/trade/order", R"({"clOrdId": "", "sz":"1"})", {"a1"}),
            R"({"clOrdId": "a1", "sz":"1"})");
  EXPECT_EQ(body_with_ids("/api/v5/trade/order", R"({"sz":"1","cl\u004frdId":null})", {"a1"}),
            R"({"sz":"1","cl\u004frdId":"a1"})");
  EXPECT_EQ(body_with_ids("/api/v5/trade/batch-orders",
                          R"([{"sz":"1","x":[{"clOrdId":""}]}, {"clOrdId":"own"},{"t":"\"}"}])",
                          {"a1", "a2"}),
            R"([{"clOrdId":"a1","sz":"1","x":[{"clOrdId":""}]}, {"clOrdId":"own"},)"
            R"({"clOrdId":"a2","t":"\"}"}])");
  EXPECT_EQ(body_with_ids("/api/v5/trade/order-algo", R"({"sz":"1"})", {"a1"}),
            R"({"algoClOrdId":"a1","sz":"1"})");
  EXPECT_EQ(body_with_ids("/api/v5/trade/order", "{}", {"a1"}), R"({"clOrdId":"a1"})");
  EXPECT_EQ(body_with_ids("/api/v5/trade/order", R"({"sz":"1"})", {}), R"({"sz":"1"})");
}

TEST(OkxSign, RefusesIdsThatHaveNoPlace) {
  EXPECT_EQ(body_with_ids("/api/v5/trade/order", R"({"clOrdId":"own"})", {"a1"}),
            "client-id.place");
  EXPECT_EQ(body_with_ids("/api/v5/trade/order", R"({"sz":"1"})", {"a1", "a2"}), "client-id.place");
  EXPECT_EQ(body_with_ids("/api/v5/trade/cancel-order", R"({"sz":"1"})", {"a1"}),
            "client-id.place");
  EXPECT_EQ(body_with_ids("/api/v5/trade/batch-orders", "[1]", {"a1"}), "client-id.place");
  EXPECT_EQ(body_with_ids("/api/v5/trade/order", "nonsense", {"a1"}), "client-id.place");
}

// What we send verifies under the exchange's own rule, and only the ids were added to the body.
RC_GTEST_PROP(OkxSign, SentRequestsVerifyAndDifferOnlyWhereAllowed, ()) {
  const int orders = *rc::gen::inRange(1, 6);
  json::Array bodies;
  std::vector<std::string> ids;
  json::Array expected;
  for (int i = 0; i < orders; ++i) {
    json::Object order;
    for (const auto& [name, value] : *rc::gen::container<std::map<std::string, std::string>>(
             rc::gen::string<std::string>(), rc::gen::string<std::string>())) {
      const bool is_text = is_utf8(name) && is_utf8(value);
      if (is_text && name != "clOrdId") order.push_back({name, value});
    }
    json::Object with_id = order;
    if (*rc::gen::arbitrary<bool>()) {
      order.insert(order.begin(), {"clOrdId", "own"});
      with_id = order;
    } else {
      ids.push_back("added" + std::to_string(i));
      with_id.insert(with_id.begin(), {"clOrdId", ids.back()});
    }
    bodies.push_back(json::Value(std::move(order)));
    expected.push_back(json::Value(std::move(with_id)));
  }
  const HttpRequest request =
      post("/api/v5/trade/batch-orders", json::dump(json::Value(std::move(bodies))));
  const crypto::SigningKey key = signing_key(kSecret);
  const SecretBytes passphrase = secret(kPassphrase);
  const WallTime now = from_epoch_ms(*rc::gen::inRange<int64_t>(0, 4102444800000));
  const auto sent =
      okx.sign(request, route_of(request), real_key(key, passphrase), now, Millis(1), ids);
  RC_ASSERT(sent.has_value());
  RC_ASSERT(sent->method == request.method && sent->target() == request.target());
  RC_ASSERT(sent->body == json::dump(json::Value(std::move(expected))));
  const auto credentials = okx.credentials(*sent, route_of(request));
  RC_ASSERT(credentials.has_value());
  RC_ASSERT(credentials->timestamp == now);
  RC_ASSERT(okx.verify(*credentials, verifying_key()));
}

class CountingRandom final : public Random {
 public:
  void fill(char* out, size_t size) override {
    for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(next_ += 37);
  }

 private:
  unsigned char next_ = 0;
};

TEST(OkxKeys, LookLikeTheExchangesOwn) {
  CountingRandom random;
  const auto key = okx.make_key(random);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->key_id.size(), 36u);
  EXPECT_EQ(key->key_id[14], '4');
  EXPECT_EQ(key->secret.size(), 32u);
  EXPECT_GE(key->passphrase.size(), 8u);
  EXPECT_LE(key->passphrase.size(), 32u);
  const std::string id = okx.make_client_order_id(random);
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), id.npos);
}

}  // namespace
}  // namespace keystile::exchanges::okx
