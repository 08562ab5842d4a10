#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/keys.h"

namespace keystile::crypto {
namespace {

SecretBytes secret(std::string_view bytes) { return SecretBytes::copy_of(bytes).value(); }
std::string unhex(std::string_view hex) { return hex_decode(hex).value(); }

std::string hmac_hex(std::string_view key, std::string_view data) {
  const auto opened = SigningKey::open(KeyAlgorithm::kHmacSha256, secret(key));
  return hex_encode(opened.value().sign(data).value());
}

SecretBytes pem_from_der(std::string_view der) {
  return secret("-----BEGIN PRIVATE KEY-----\n" + base64_encode(der) +
                "\n-----END PRIVATE KEY-----\n");
}

// RFC 8410: the fixed DER before an Ed25519 seed and before an Ed25519 public key.
SecretBytes ed25519_pem(std::string_view seed) {
  return pem_from_der(unhex("302e020100300506032b657004220420") + std::string(seed));
}
std::string ed25519_public(std::string_view point) {
  return base64_encode(unhex("302a300506032b6570032100") + std::string(point));
}

// FIPS 180-4 examples.
TEST(Sha256, Vectors) {
  EXPECT_EQ(hex_encode(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_encode(sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("a", "bc"), sha256("abc"));
}

// RFC 4231 sections 4.2 to 4.8 (4.6 is a truncation, which Keystile has not).
TEST(Hmac, Rfc4231) {
  const struct {
    std::string key, data, mac;
  } vectors[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {unhex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& v : vectors) {
    EXPECT_EQ(hmac_hex(v.key, v.data), v.mac);
    EXPECT_EQ(hex_encode(hmac_sha256(v.key, v.data)), v.mac);
    const auto verifier = VerifyingKey::hmac(secret(v.key)).value();
    EXPECT_TRUE(verifier.verify(v.data, unhex(v.mac)));
    EXPECT_FALSE(verifier.verify(v.data + "x", unhex(v.mac)));
    EXPECT_FALSE(verifier.verify(v.data, unhex(v.mac).substr(0, 31)));
    EXPECT_FALSE(verifier.verify(v.data, unhex(v.mac) + "x"));
    EXPECT_FALSE(verifier.verify(v.data, ""));
  }
}

// The examples of Binance's REST, WebSocket and derivatives documents, with its sample keys.
TEST(Hmac, BinanceExamples) {
  const char* const spot = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
  const char* const futures = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9";
  const char* const options = "YtP1BudNOWZE1ag5uzCkh4hIC7qSmQOu797r5EJBFGhxBYivjj8HIX0iiiPof5yG";
  const struct {
    const char* secret;
    const char* payload;
    const char* signature;
  } examples[] = {
      {spot,
       "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&t"
       "imestamp=1499827319559",
       "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"},
      {spot,
       "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&timeIn"
       "Force=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
       "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"},
      {spot,
       "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&ti"
       "mestamp=1499827319559",
       "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"},
      {spot, "timestamp=1578963600000",
       "d84e6641b1e328e7b418fff030caed655c266299c9355e36ce801ed14631eed4"},
      {spot,
       "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&price=52000.00&q"
       "uantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=164"
       "5423376532&type=LIMIT",
       "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"},
      {spot,
       "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&price=0.10000000"
       "&quantity=1.00000000&recvWindow=5000&side=BUY&symbol=１２３４５６&timeInForce=GTC&"
       "timestamp=16"
       "45423376532&type=LIMIT",
       "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"},
      {futures,
       "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000"
       "&timestamp=1591702613943",
       "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"},
      {options,
       "symbol=BTC-210129-40000-C&side=BUY&type=LIMIT&timeInForce=GTCquantity=0.01&price=2000&re"
       "cvWindow=5000&timestamp=1611825601400",
       "fa6045c54fb02912b766442be1f66fab619217e551a4fb4f8a1ee000df914d8e"},
  };
  for (const auto& e : examples) EXPECT_EQ(hmac_hex(e.secret, e.payload), e.signature) << e.payload;
}

// RFC 8032 section 7.1, tests 1 to 3.
struct Ed25519Vector {
  const char* seed;
  const char* point;
  const char* message;
  const char* signature;
};
constexpr Ed25519Vector kEd25519Vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(Ed25519, Rfc8032) {
  for (const auto& v : kEd25519Vectors) {
    const auto signer = SigningKey::open(KeyAlgorithm::kEd25519, ed25519_pem(unhex(v.seed)));
    ASSERT_TRUE(signer) << signer.error().message;
    EXPECT_EQ(hex_encode(signer->sign(unhex(v.message)).value()), v.signature);
    const auto public_key = ed25519_public(unhex(v.point));
    const auto verifier = VerifyingKey::from_public(KeyAlgorithm::kEd25519, public_key).value();
    EXPECT_TRUE(verifier.verify(unhex(v.message), unhex(v.signature)));
    EXPECT_EQ(signer->public_pem().value(), verifier.public_pem().value());
  }
}

// The kinds of forgery that Project Wycheproof collects.
TEST(Ed25519, Forgeries) {
  const auto& v = kEd25519Vectors[1];
  const std::string message = unhex(v.message), good = unhex(v.signature);
  const auto verifier =
      VerifyingKey::from_public(KeyAlgorithm::kEd25519, ed25519_public(unhex(v.point))).value();
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(verifier.verify(message, good.substr(0, size))) << size;
  }
  EXPECT_FALSE(verifier.verify(message, good + std::string(1, '\0')));
  EXPECT_FALSE(verifier.verify(message, std::string(64, '\0')));
  EXPECT_FALSE(verifier.verify(message + "x", good));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    EXPECT_FALSE(verifier.verify(message, changed)) << i;
  }
  const auto other = VerifyingKey::from_public(KeyAlgorithm::kEd25519,
                                               ed25519_public(unhex(kEd25519Vectors[2].point)));
  EXPECT_FALSE(other.value().verify(message, good));
}

// The neutral point, a point of order 4, one of order 8, and one that is not on the curve.
TEST(Ed25519, WeakPublicKeysAreRefused) {
  for (const char* point : {"0100000000000000000000000000000000000000000000000000000000000000",
                            "0000000000000000000000000000000000000000000000000000000000000000",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                            "0200000000000000000000000000000000000000000000000000000000000000"}) {
    const auto key =
        VerifyingKey::from_public(KeyAlgorithm::kEd25519, ed25519_public(unhex(point)));
    ASSERT_FALSE(key) << point;
    EXPECT_EQ(key.error().code, "key.format");
  }
}

// S + L signs the same under the bare equation; RFC 8032 section 5.1.7 demands S < L.
TEST(Ed25519, MalleatedSignatureIsRefused) {
  const std::string order =
      unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const auto& v = kEd25519Vectors[0];
  std::string signature = unhex(v.signature);
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(signature[32 + i]) + static_cast<unsigned char>(order[i]);
    signature[32 + i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0u);
  const auto verifier =
      VerifyingKey::from_public(KeyAlgorithm::kEd25519, ed25519_public(unhex(v.point))).value();
  EXPECT_TRUE(verifier.verify("", unhex(v.signature)));
  EXPECT_FALSE(verifier.verify("", signature));
}

// The FIX logon of Binance's documents, with its sample key.
TEST(Ed25519, BinanceExample) {
  const auto signer =
      SigningKey::open(KeyAlgorithm::kEd25519,
                       secret("-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n"
                              "-----END PRIVATE KEY-----\n"));
  ASSERT_TRUE(signer) << signer.error().message;
  const std::string payload =
      "A\x01"
      "EXAMPLE\x01SPOT\x01"
      "1\x01"
      "20240627-11:17:25.223";
  EXPECT_EQ(
      base64_encode(signer->sign(payload).value()),
      "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==");
  const auto verifier = VerifyingKey::from_public(
      KeyAlgorithm::kEd25519, "MCowBQYDK2VwAyEAGUIKv9dSpWXBViXp2m6vAIb8QMFJYBgyFEQsFJlqgA0=");
  EXPECT_EQ(verifier.value().public_pem().value(), signer->public_pem().value());
}

// The sample key of Binance's RSA example.
constexpr const char* kBinanceRsa =
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAz631jK9sqsSYCXCMgOUwxaWQZQfRN0TG2xHD2Yo5jw4n"
    "ImY7kYg9UOqEM4tTBRk2edtx8El3vVxt0TUGiwo8YvlZC7LwqMc4Lq5Fl6EK9FRychA8Z8kWgs08r7x0ILdCygln"
    "6mpWDc9LnnaMZ2J3Xtwx/7RRV19P605Cciui6TsijgKhNBuzobkFpC75VDvJqsLRjana7ToM75Ezea4W+VXlgeCR"
    "lg3AGBW/QkCPcA+/ySVNV0BiDiRGNy/z4xi3IwxIkTree/0Ut4ujlU4gIA3IAONObTS4Et9uoX2xHISObSnjsaqx"
    "WFX7zivPuKPq61AZzIawYNLSb9X3kCngJwIDAQAB";

// Signatures made with that key's private half; PKCS#1 v1.5 has only one per payload.
TEST(Rsa, BinanceExamples) {
  const auto key = VerifyingKey::from_public(KeyAlgorithm::kRsaSha256, kBinanceRsa);
  ASSERT_TRUE(key) << key.error().message;
  const std::string first =
      base64_decode(
          "qlutXCa1uE6hTGbCXTWb+Mz1qToKVUWSod532McnpJfTGctqkrovh61n/GZ03epBlAK6d1f5i+pIs0asvowTenZE"
          "EazY+hrai1dzWOfYh+XI2PpsnV5QKNzmVxF+0Eur+VG2WqmJMusumvKxq2HfHrrmNl1jeMl5JtOj7P/IaSOIbsgc"
          "Yn467oOl9saVEmFeiirFLHCFn1P6Jm/EVaFAsCL+egloFk3MLQdKdRErZSAmW2pmzmwYD1JqILAJXWV3i/jdPC7C"
          "R+g3New56GdZjhqpSbz8uFTQeLFoZj0Jc1U3AntZBHvPCM+QgLXv987qGwDDKjB1wsrHfglT511zOw==")
          .value();
  EXPECT_TRUE(key->verify("timestamp=1578963600000", first));
  EXPECT_FALSE(key->verify("timestamp=1578963600001", first));
  EXPECT_FALSE(key->verify("timestamp=1578963600000", first.substr(0, 255)));
  EXPECT_FALSE(key->verify("timestamp=1578963600000", std::string(1, '\0') + first));
  EXPECT_FALSE(key->verify("timestamp=1578963600000", std::string(256, '\0')));
  EXPECT_FALSE(key->verify("timestamp=1578963600000", ""));
  EXPECT_TRUE(key->verify(
      "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
      "&timestamp=1499827319559",
      base64_decode(
          "uz2xmNkOf1EEsnZoWGraxR13F4jF9JYdC68uvWqYyjFyjwDgcoiMRm23UqsxWkmA208smu7TuGVxm1cWoZa/5fLQ"
          "2T/RcfLW9sokNWDzf1vM/xEpSmQEsSyIzd/c0pMWGsUkXsYpIarp3e/KSFzgwI73qZfbalBRkkK7u3dLWRVRk4km"
          "EVf6dQUWMyXC44X8LB0M1XFrhkqcFYdcP9NcaCZCvb8nzG/nyUPtCJdBxVn8MMgXaVCM8DIbSrUBT0ZUxFQ3gTSd"
          "929LR1Tp6P2y4pHiWSElW5nJZYRRn2zUFt4xH7wvVKvuuEi8HH0Dusf6KBcWq8/3viAcRUh1Cj4fsQ==")
          .value()));
}

TEST(KeyPair, SignsAndVerifies) {
  for (const auto algorithm : {KeyAlgorithm::kEd25519, KeyAlgorithm::kRsaSha256}) {
    const auto pair = generate_key_pair(algorithm);
    ASSERT_TRUE(pair) << pair.error().message;
    const auto signer = SigningKey::open(algorithm, pair->private_pem).value();
    const auto verifier = VerifyingKey::from_public(algorithm, pair->public_pem).value();
    EXPECT_EQ(signer.algorithm(), algorithm);
    EXPECT_EQ(signer.public_pem().value(), pair->public_pem);
    EXPECT_TRUE(verifier.verify("payload", signer.sign("payload").value()));
    const auto other = generate_key_pair(algorithm).value();
    EXPECT_FALSE(VerifyingKey::from_public(algorithm, other.public_pem)
                     .value()
                     .verify("payload", signer.sign("payload").value()));
  }
  EXPECT_EQ(generate_key_pair(KeyAlgorithm::kHmacSha256).error().code, "key.format");
}

constexpr const char* kEncryptedPem =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjE9Q+1eTGbrgICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJ1uJhzLGkugy0vqmr6zi5sEQMG3\n"
    "vdx22Wn2bFhzkWTO/tCtV6WgSsBgzC8w8FLRe3Jmcq4XQ0PLG3XYBBdPa4GDolvN\n"
    "9HNfLc+ExHYCh6ZUTFk=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

constexpr const char* kRsa1024Pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBAK8y6yqm8ESNbYnF\n"
    "cYX57hDr96dX0rHxMlsmzuTRg62qSqVz0AiQgj783ETLn6spAWCxFuuvkrp0OZYF\n"
    "c9wzstgGVZ+TIOGlEBi3pLPoFVMOwGzA8kGvGpfp9pqBPCfcqHPbCC6opjObMzjH\n"
    "bHZgLUtqfWlw/L3ASJ21Qm6M6YzpAgMBAAECgYANnXJjFSgU27zIeRySYdLbY8sS\n"
    "KSQJign0xXZMl++YvmQgqXhgQgKtLG9dtUlKPtyJjBmQ5UsMzF1xSCkx0p6yRA0W\n"
    "dmD3Z8pkuyiuiaTIoaFPQ7+37X0pkCduY/bPlfDcTsoiMHG39UFEh8mWitMc4yJj\n"
    "Yx1mzc9wsNUFJmCopQJBAN9zXCGyQMM2XvvJm5gYJfW0UgttVEztRnGs+8W2RwyS\n"
    "h7vpZCumUcy/NfVQSAqo50wMGyOLniuX1/X3MMRD5NcCQQDIuDdORno9mCdVi7EA\n"
    "WlqRIi0NiMOAlTappe37DEJjytBXslHscRvqCY91qqp30LU7/A+/Wmhan0FI/AZF\n"
    "aiQ/AkADcZGv60FYQNRB6R9+vpCHMto41tx/uwBk7BeNOnvp07BH0xb6HTwRfbjl\n"
    "KPGTSHsYDu+0Ioizf0mSvtZ/j9RNAkARq/Zik93rUlwUMgpRZ6MVqBajXGkqBvkb\n"
    "EprTQY8Oziptrit8T7EPd+wDhhUgG2X5dAXG6STK5b6PuHCs591tAkBFBt0lCvUP\n"
    "I+w/NqHSVt6AggDSw4sUM4aDqKLFnw8746s1IUFLQgwvPnRdfDd2UH4eZrhALrfz\n"
    "21l/xmCX9qxq\n"
    "-----END PRIVATE KEY-----\n";

constexpr const char* kRsa1024Public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCvMusqpvBEjW2JxXGF+e4Q6/en\n"
    "V9Kx8TJbJs7k0YOtqkqlc9AIkII+/NxEy5+rKQFgsRbrr5K6dDmWBXPcM7LYBlWf\n"
    "kyDhpRAYt6Sz6BVTDsBswPJBrxqX6faagTwn3Khz2wguqKYzmzM4x2x2YC1Lan1p\n"
    "cPy9wEidtUJujOmM6QIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

constexpr const char* kP256Pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgENrz78P/Er8W/pcT\n"
    "+PlstBeprkLhTzQ4OCuk++DhbrWhRANCAAQO4+sgACO6pjoBH/uLvRxVHhNBIqUm\n"
    "PW7DjVqJyFcp263/BjsFRCeF1yIrUGEZFdU6eFkzM8/ttDSS5zHCUEke\n"
    "-----END PRIVATE KEY-----\n";

// A PEM that would make OpenSSL ask for a password at the terminal must fail instead.
TEST(SigningKey, RefusesWhatItCannotUse) {
  const struct {
    KeyAlgorithm algorithm;
    std::string text;
  } bad[] = {
      {KeyAlgorithm::kHmacSha256, ""},         {KeyAlgorithm::kEd25519, ""},
      {KeyAlgorithm::kEd25519, "not a key"},   {KeyAlgorithm::kEd25519, kEncryptedPem},
      {KeyAlgorithm::kRsaSha256, kRsa1024Pem}, {KeyAlgorithm::kEd25519, kRsa1024Pem},
      {KeyAlgorithm::kRsaSha256, kP256Pem},    {KeyAlgorithm::kEd25519, kP256Pem},
  };
  for (const auto& b : bad) {
    const auto key = SigningKey::open(b.algorithm, secret(b.text));
    ASSERT_FALSE(key) << b.text;
    EXPECT_EQ(key.error().code, "key.format");
  }
}

TEST(SigningKey, ShowsNoPublicHalfOfAnHmacKey) {
  const auto key = SigningKey::open(KeyAlgorithm::kHmacSha256, secret("x")).value();
  EXPECT_EQ(key.public_pem().error().code, "key.format");
}

TEST(VerifyingKey, RefusesWhatItCannotUse) {
  const std::string good = ed25519_public(unhex(kEd25519Vectors[0].point));
  EXPECT_TRUE(VerifyingKey::from_public(KeyAlgorithm::kEd25519, good));
  for (const std::string& text :
       {std::string(), std::string("not a key"), std::string(kRsa1024Public),
        base64_encode(base64_decode(good).value() + "x"), good + "\n",
        base64_encode(base64_decode(good).value().substr(0, 43))}) {
    EXPECT_EQ(VerifyingKey::from_public(KeyAlgorithm::kEd25519, text).error().code, "key.format");
    EXPECT_EQ(VerifyingKey::from_public(KeyAlgorithm::kRsaSha256, text).error().code, "key.format");
  }
  EXPECT_EQ(VerifyingKey::from_public(KeyAlgorithm::kRsaSha256, good).error().code, "key.format");
  EXPECT_EQ(VerifyingKey::from_public(KeyAlgorithm::kHmacSha256, good).error().code, "key.format");
  EXPECT_EQ(VerifyingKey::hmac(secret("")).error().code, "key.format");
}

TEST(Algorithm, NamesRoundTrip) {
  for (const auto a :
       {KeyAlgorithm::kHmacSha256, KeyAlgorithm::kRsaSha256, KeyAlgorithm::kEd25519}) {
    EXPECT_EQ(parse_algorithm(to_string(a)).value(), a);
  }
  EXPECT_EQ(parse_algorithm("HMAC").error().code, "key.algorithm");
}

}  // namespace
}  // namespace keystile::crypto
