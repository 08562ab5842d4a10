// The first two vectors are unit tests of nautilus_trader's Bybit adapter (the exchange publishes
// none with its secret); the others were computed from the documented rule with OpenSSL.
#include <gtest/gtest.h>

#include <cctype>

#include "base/encoding.h"
#include "exchanges/bybit/bybit.h"
#include "exchanges/bybit/testing.h"

namespace keystile::exchanges::bybit {
namespace {

crypto::VerifyingKey hmac_key() {
  return *crypto::VerifyingKey::hmac(*SecretBytes::copy_of("test_secret"));
}

struct Vector {
  const char* method;
  const char* path;
  const char* text;  // query or body
  const char* signature;
};
constexpr Vector kVectors[] = {
    {"GET", "/v5/order/realtime", "category=linear&symbol=BTCUSDT",
     "fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7"},
    {"POST", "/v5/order/create",
     R"({"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "test-order-1"})",
     "2df4a0603d69c08d5dea29ba85b46eb7db64ce9e9ebd34a7802a3d69700cb2a1"},
    {"GET", "/v5/account/info", "",
     "cfffd774219bfa1d400476f699f830daaedcd3c41faa1dbdda95a8f4dd8170cc"},
    {"POST", "/v5/user/delete-api", "{}",
     "f8cdf8693aad0df81a15bfa2a9351b1de877310d92a5c9faf1b819b662011f67"},
    {"POST", "/v5/order/create",
     R"({"category":"linear","symbol":"BTCUSDT","side":"Buy","positionIdx":0,"orderType":"Limit",)"
     R"("qty":"0.001","price":"10000","timeInForce":"GTC","orderLinkId":"test-order-1"})",
     "bb669541d28603280caf4129869e93d525ac6e3d7d967e7b08a91c86ae8210cc"},
    {"GET", "/v5/asset/withdraw/query-record",
     "coin=USDT&cursor=eyJtaW5JRCI6MTMx%3D%3D&withdrawType=2",
     "a8f7482fa58e2630126718f037fae9e6c584b40feafb22bee783f9f783b4f779"},
};

HttpRequest request_of(const Vector& vector) {
  HttpRequest request = make_request(vector.method, vector.path, vector.text);
  request.headers.push_back({"X-BAPI-API-KEY", "test_api_key"});
  request.headers.push_back({"x-bapi-timestamp", "1700000000000"});
  request.headers.push_back({"X-BAPI-RECV-WINDOW", "5000"});
  request.headers.push_back({"X-BAPI-SIGN", vector.signature});
  return request;
}

Result<Credentials> read(const HttpRequest& request) {
  const Route* route = exchange().routes().find(request.method, request.path);
  return exchange().credentials(request, *route);
}

TEST(BybitAuth, VectorsVerifyAndAreReproduced) {
  const auto key = crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256,
                                            *SecretBytes::copy_of("test_secret"));
  for (const Vector& vector : kVectors) {
    const HttpRequest request = request_of(vector);
    const auto credentials = read(request);
    ASSERT_TRUE(credentials) << vector.path;
    EXPECT_EQ(credentials->key_id, "test_api_key");
    EXPECT_EQ(epoch_ms(*credentials->timestamp), 1700000000000);
    EXPECT_EQ(credentials->window, Millis{5000});
    EXPECT_TRUE(exchange().verify(*credentials, hmac_key()));

    const Route* route = exchange().routes().find(vector.method, vector.path);
    const auto sent = exchange().sign(request, *route, {"test_api_key", &*key, nullptr},
                                      from_epoch_ms(1700000000000), Millis{5000}, {});
    ASSERT_TRUE(sent);
    EXPECT_EQ(*find_header(sent->headers, "X-BAPI-SIGN"), vector.signature);
    EXPECT_EQ(sent->target(), request.target());
    EXPECT_EQ(sent->body, request.body);
  }
}

TEST(BybitAuth, OneChangedByteDoesNotVerify) {
  for (const Vector& vector : kVectors) {
    HttpRequest request = request_of(vector);
    (vector.method == std::string("GET") ? request.query : request.body) += ' ';
    EXPECT_FALSE(exchange().verify(*read(request), hmac_key()));
    request = request_of(vector);
    set_header(&request.headers, "X-BAPI-RECV-WINDOW", "5001");
    EXPECT_FALSE(exchange().verify(*read(request), hmac_key()));
  }
}

TEST(BybitAuth, OnlyLowerCaseHex) {
  HttpRequest request = request_of(kVectors[0]);
  std::string upper(kVectors[0].signature);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  set_header(&request.headers, "X-BAPI-SIGN", upper);
  EXPECT_FALSE(exchange().verify(*read(request), hmac_key()));
}

TEST(BybitAuth, AbsentWindowLeavesItsPartOfTheStringEmpty) {
  HttpRequest request = request_of(kVectors[0]);
  remove_headers(&request.headers, "X-BAPI-RECV-WINDOW");
  const auto credentials = read(request);
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->window, Millis{5000});
  EXPECT_EQ(credentials->payload, "1700000000000test_api_keycategory=linear&symbol=BTCUSDT");
}

TEST(BybitAuth, RsaSignaturesAreBase64) {
  const auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kRsaSha256);
  const auto signer = crypto::SigningKey::open(crypto::KeyAlgorithm::kRsaSha256, pair->private_pem);
  const auto verifier =
      crypto::VerifyingKey::from_public(crypto::KeyAlgorithm::kRsaSha256, pair->public_pem);
  const HttpRequest request = make_request("GET", "/v5/account/info", "");
  const Route* route = exchange().routes().find("GET", "/v5/account/info");
  const auto sent = exchange().sign(request, *route, {"rsaKey", &*signer, nullptr},
                                    from_epoch_ms(1700000000000), Millis{4000}, {});
  ASSERT_TRUE(sent);
  const auto credentials = exchange().credentials(*sent, *route);
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->payload, "1700000000000rsaKey4000");
  EXPECT_TRUE(exchange().verify(*credentials, *verifier));
}

TEST(BybitAuth, AmbiguousCredentialsAreRefused) {
  for (const char* name : {"X-BAPI-API-KEY", "X-BAPI-SIGN", "X-BAPI-TIMESTAMP"}) {
    HttpRequest request = request_of(kVectors[0]);
    request.headers.push_back({name, "1700000000000"});
    EXPECT_EQ(read(request).error().code, "credentials.malformed") << name;
    remove_headers(&request.headers, name);
    EXPECT_EQ(read(request).error().code, "credentials.missing") << name;
  }
  HttpRequest request = request_of(kVectors[0]);
  request.headers.push_back({"x-bapi-recv-window", "9000"});
  EXPECT_EQ(read(request).error().code, "credentials.malformed");
}

TEST(BybitAuth, TimesHaveOneSpelling) {
  for (const char* text : {"01700000000000", "+1700000000000", "1.7e12", "1700000000000 ", "-1",
                           "99999999999999999999"}) {
    HttpRequest request = request_of(kVectors[0]);
    set_header(&request.headers, "X-BAPI-TIMESTAMP", text);
    EXPECT_EQ(read(request).error().code, "timestamp.malformed") << text;
  }
}

TEST(BybitAuth, WhatIsNotSignedMustNotBeThere) {
  HttpRequest get = request_of(kVectors[0]);
  get.body = "{}";
  EXPECT_EQ(read(get).error().code, "credentials.malformed");
  HttpRequest post = request_of(kVectors[1]);
  post.has_query = true;
  post.query = "symbol=ETHUSDT";
  EXPECT_EQ(read(post).error().code, "credentials.malformed");
  // ccxt sends a bare '?' with a GET that has no parameters.
  HttpRequest bare = request_of(kVectors[2]);
  bare.has_query = true;
  EXPECT_TRUE(exchange().verify(*read(bare), hmac_key()));
}

TEST(BybitAuth, NothingElseOfTheClientIsSent) {
  const auto key = crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256,
                                            *SecretBytes::copy_of("real_secret"));
  HttpRequest request = request_of(kVectors[1]);
  request.headers.push_back({"Content-Type", "application/json; charset=gbk"});
  for (const char* name : {"Referer", "X-Referer", "X-BAPI-SIGN-TYPE", "cdn-request-id", "Cookie",
                           "Accept-Encoding", "X-Forwarded-For"}) {
    request.headers.push_back({name, "CCXT"});
  }
  const Route* route = exchange().routes().find("POST", "/v5/order/create");
  const auto sent = exchange().sign(request, *route, {"realKey", &*key, nullptr},
                                    from_epoch_ms(1700000000001), Millis{3000}, {});
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->headers.size(), 5u);
  EXPECT_EQ(*find_header(sent->headers, "Content-Type"), "application/json");
  EXPECT_EQ(*find_header(sent->headers, "X-BAPI-API-KEY"), "realKey");
  EXPECT_EQ(*find_header(sent->headers, "X-BAPI-TIMESTAMP"), "1700000000001");
  EXPECT_EQ(*find_header(sent->headers, "X-BAPI-RECV-WINDOW"), "3000");
}

}  // namespace
}  // namespace keystile::exchanges::bybit
