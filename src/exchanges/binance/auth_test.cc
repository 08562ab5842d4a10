#include "base/encoding.h"
#include "exchanges/binance/testing.h"

namespace keystile::exchanges::binance {
namespace {

HttpRequest keyed(std::string_view route, std::string_view query, std::string_view body = {}) {
  HttpRequest request = request_for(route, query, body);
  request.headers = {{"X-MBX-APIKEY", std::string(kSampleKey)}};
  return request;
}

bool verifies(const HttpRequest& request, std::string_view route, const crypto::VerifyingKey& key) {
  const auto credentials = exchange().credentials(request, *route_of(route));
  return credentials && exchange().verify(*credentials, key);
}

bool verifies(const HttpRequest& request, std::string_view route, std::string_view hmac_secret) {
  return verifies(request, route, *crypto::VerifyingKey::hmac(secret(hmac_secret)));
}

std::string code_of(const HttpRequest& request, std::string_view route) {
  const auto credentials = exchange().credentials(request, *route_of(route));
  return credentials ? "accepted" : credentials.error().code;
}

struct Example {
  std::string_view route, query, body, signature, secret;
};

constexpr std::string_view kOrder =
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&"
    "timestamp=1499827319559";
constexpr std::string_view kOrderSignature =
    "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
constexpr std::string_view kOptionSecret =
    "YtP1BudNOWZE1ag5uzCkh4hIC7qSmQOu797r5EJBFGhxBYivjj8HIX0iiiPof5yG";

// The worked examples of the vendor's documents (spot REST, futures and options general pages, the
// signature examples repository). The signature stands last in the text named here.
const Example kExamples[] = {
    {"POST /api/v3/order", kOrder, "", kOrderSignature, kSampleSecret},
    {"POST /api/v3/order", "", kOrder, kOrderSignature, kSampleSecret},
    {"POST /api/v3/order",
     "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&"
     "timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
     "", "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3", kSampleSecret},
    {"POST /api/v3/order", "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC",
     "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
     "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77", kSampleSecret},
    {"GET /api/v3/account", "timestamp=1578963600000", "",
     "d84e6641b1e328e7b418fff030caed655c266299c9355e36ce801ed14631eed4", kSampleSecret},
    {"POST /fapi/v1/order",
     "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&"
     "timestamp=1591702613943",
     "", "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9",
     "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"},
    {"POST /eapi/v1/order", "symbol=BTC-210129-40000-C&side=BUY&type=LIMIT&timeInForce=GTC",
     "quantity=0.01&price=2000&recvWindow=5000&timestamp=1611825601400",
     "fa6045c54fb02912b766442be1f66fab619217e551a4fb4f8a1ee000df914d8e", kOptionSecret},
};

TEST(BinanceAuth, VerifiesTheVendorsExamples) {
  for (const Example& example : kExamples) {
    std::string query(example.query), body(example.body);
    (body.empty() ? query : body) += "&signature=" + std::string(example.signature);
    HttpRequest request = keyed(example.route, query, body);
    EXPECT_TRUE(verifies(request, example.route, example.secret)) << query;
    std::string& text = body.empty() ? request.query : request.body;
    text.back() = text.back() == '0' ? '1' : '0';
    EXPECT_FALSE(verifies(request, example.route, example.secret)) << query;
  }
}

TEST(BinanceAuth, FindsTheSignatureWhereverItStands) {
  const std::string order(kOrder), signature = "signature=" + std::string(kOrderSignature);
  const size_t middle = order.find("&type");
  const std::string variants[] = {
      signature + "&" + order,
      order.substr(0, middle) + "&" + signature + order.substr(middle),
      order + "&" + signature,
  };
  for (const std::string& text : variants) {
    EXPECT_TRUE(verifies(keyed("POST /api/v3/order", text), "POST /api/v3/order", kSampleSecret));
    EXPECT_TRUE(
        verifies(keyed("POST /api/v3/order", "", text), "POST /api/v3/order", kSampleSecret));
  }
  // A signature in the query over parameters in the body.
  EXPECT_TRUE(
      verifies(keyed("POST /api/v3/order", signature, order), "POST /api/v3/order", kSampleSecret));
  std::string upper = order + "&signature=";
  for (const char c : kOrderSignature) upper += static_cast<char>(std::toupper(c));
  EXPECT_TRUE(verifies(keyed("POST /api/v3/order", upper), "POST /api/v3/order", kSampleSecret));
}

TEST(BinanceAuth, ReadsTimeAndWindow) {
  const auto read = [](std::string_view route, const std::string& query) {
    return exchange().credentials(keyed(route, query + "&signature=00"), *route_of(route));
  };
  const auto spot = read("GET /api/v3/account", "timestamp=1578963600000123&recvWindow=6000.346");
  ASSERT_TRUE(spot);
  EXPECT_EQ(epoch_ms(*spot->timestamp), 1578963600000);
  EXPECT_EQ(spot->window, Millis(6000));
  EXPECT_EQ(read("GET /api/v3/account", "timestamp=1578963600000")->window, Millis(5000));
  for (const std::string query :
       {"timestamp=1578963600", "timestamp=+578963600000", "timestamp=15789636000001",
        "timestamp=0578963600000", "timestamp=1578963600000&recvWindow=60001",
        "timestamp=1578963600000&recvWindow=-1", "timestamp=1578963600000&recvWindow=1.2345",
        "timestamp=1578963600000&recvWindow=1e3"}) {
    const auto refused = read("GET /api/v3/account", query);
    ASSERT_FALSE(refused) << query;
    EXPECT_EQ(refused.error().code, "timestamp.malformed") << query;
  }
  // Microseconds and fractions are of the spot interface only.
  EXPECT_FALSE(read("GET /fapi/v2/account", "timestamp=1578963600000123"));
  EXPECT_FALSE(read("GET /fapi/v2/account", "timestamp=1578963600000&recvWindow=5000.5"));
}

TEST(BinanceAuth, RefusesWhatIsMissingOrTwofold) {
  const std::string route = "POST /api/v3/order";
  const std::string signed_order = std::string(kOrder) + "&signature=ab";
  EXPECT_EQ(code_of(request_for(route, signed_order), route), "credentials.missing");
  HttpRequest two_keys = keyed(route, signed_order);
  two_keys.headers.push_back({"x-mbx-apikey", "another"});
  EXPECT_EQ(code_of(two_keys, route), "credentials.malformed");
  EXPECT_EQ(code_of(keyed(route, kOrder), route), "credentials.missing");
  EXPECT_EQ(code_of(keyed(route, std::string(kOrder) + "&signature="), route),
            "credentials.missing");
  EXPECT_EQ(code_of(keyed(route, "symbol=A&signature=ab"), route), "credentials.missing");
  EXPECT_EQ(code_of(keyed(route, signed_order + "&signature=ab"), route), "credentials.malformed");
  EXPECT_EQ(code_of(keyed(route, signed_order, "signature=ab"), route), "credentials.malformed");
  EXPECT_EQ(code_of(keyed(route, signed_order, "timestamp=1499827319559"), route),
            "credentials.malformed");
  EXPECT_EQ(code_of(keyed(route, signed_order + "&%73ignature=ab"), route),
            "credentials.malformed");
  EXPECT_EQ(code_of(keyed(route, signed_order + "&a=%zz"), route), "credentials.malformed");
  HttpRequest json_body = keyed(route, signed_order, "{\"side\":\"SELL\"}");
  json_body.headers.push_back({"Content-Type", "application/json"});
  EXPECT_EQ(code_of(json_body, route), "credentials.malformed");
  EXPECT_EQ(code_of(keyed("GET /api/v3/account", signed_order, "a=1"), "GET /api/v3/account"),
            "credentials.malformed");
}

TEST(BinanceAuth, NeedsOnlyTheKeyOnKeyRoutes) {
  const auto credentials = exchange().credentials(keyed("POST /fapi/v1/listenKey", ""),
                                                  *route_of("POST /fapi/v1/listenKey"));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->key_id, kSampleKey);
  EXPECT_FALSE(credentials->timestamp);
  EXPECT_TRUE(credentials->signature.empty());
  // Signed all the same: then it is judged, since it goes on signed by the real key.
  const std::string route = "GET /fapi/v1/historicalTrades";
  const std::string query = "symbol=A&timestamp=1499827319559&signature=ab";
  const auto signed_too = exchange().credentials(keyed(route, query), *route_of(route));
  ASSERT_TRUE(signed_too);
  EXPECT_EQ(signed_too->signature, "ab");
  EXPECT_EQ(signed_too->payload, "symbol=A&timestamp=1499827319559");
  EXPECT_TRUE(signed_too->timestamp);
}

// RSA: the sample key of the signature examples repository, over two of the documents' payloads.
constexpr std::string_view kRsaPublic =
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAz631jK9sqsSYCXCMgOUwxaWQZQfRN0TG2xHD2Yo5jw4nImY7kY"
    "g9UOqEM4tTBRk2edtx8El3vVxt0TUGiwo8YvlZC7LwqMc4Lq5Fl6EK9FRychA8Z8kWgs08r7x0ILdCygln6mpWDc9LnnaM"
    "Z2J3Xtwx/7RRV19P605Cciui6TsijgKhNBuzobkFpC75VDvJqsLRjana7ToM75Ezea4W+VXlgeCRlg3AGBW/QkCPcA+/yS"
    "VNV0BiDiRGNy/z4xi3IwxIkTree/0Ut4ujlU4gIA3IAONObTS4Et9uoX2xHISObSnjsaqxWFX7zivPuKPq61AZzIawYNLS"
    "b9X3kCngJwIDAQAB";

TEST(BinanceAuth, VerifiesRsaAndEd25519) {
  const auto rsa = crypto::VerifyingKey::from_public(crypto::KeyAlgorithm::kRsaSha256, kRsaPublic);
  ASSERT_TRUE(rsa);
  const std::string rsa_signature =
      "qlutXCa1uE6hTGbCXTWb+Mz1qToKVUWSod532McnpJfTGctqkrovh61n/GZ03epBlAK6d1f5i+pIs0asvowTenZEEazY"
      "+hrai1dzWOfYh+XI2PpsnV5QKNzmVxF+0Eur+VG2WqmJMusumvKxq2HfHrrmNl1jeMl5JtOj7P/IaSOIbsgcYn467oOl"
      "9saVEmFeiirFLHCFn1P6Jm/EVaFAsCL+egloFk3MLQdKdRErZSAmW2pmzmwYD1JqILAJXWV3i/jdPC7CR+g3New56GdZ"
      "jhqpSbz8uFTQeLFoZj0Jc1U3AntZBHvPCM+QgLXv987qGwDDKjB1wsrHfglT511zOw==";
  const auto account = [&](const std::string& query) {
    return keyed("GET /api/v3/account", query);
  };
  EXPECT_TRUE(
      verifies(account("timestamp=1578963600000&signature=" + percent_encode(rsa_signature)),
               "GET /api/v3/account", *rsa));
  EXPECT_FALSE(
      verifies(account("timestamp=1578963600001&signature=" + percent_encode(rsa_signature)),
               "GET /api/v3/account", *rsa));

  // The key of the FIX logon sample, over a REST order.
  const auto ed25519 = crypto::VerifyingKey::from_public(
      crypto::KeyAlgorithm::kEd25519,
      "MCowBQYDK2VwAyEAGUIKv9dSpWXBViXp2m6vAIb8QMFJYBgyFEQsFJlqgA0=");
  ASSERT_TRUE(ed25519);
  const std::string order =
      "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&"
      "timestamp=1668481559918&recvWindow=5000";
  const std::string signature =
      "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyjfR6vmTku2YQE0gtfVVlfCw==";
  EXPECT_TRUE(
      verifies(keyed("POST /api/v3/order", order + "&signature=" + percent_encode(signature)),
               "POST /api/v3/order", *ed25519));
  EXPECT_FALSE(verifies(keyed("POST /api/v3/order",
                              order + "&signature=" + to_lower_ascii(percent_encode(signature))),
                        "POST /api/v3/order", *ed25519));
}

}  // namespace
}  // namespace keystile::exchanges::binance
