#include "crypto/certificate.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/secret_reveal.h"
#include "base/temp_folder_for_test.h"

namespace keystile::crypto {
namespace {

const std::vector<std::string> kNames{"api.example.org", "www.example.net"};

// A CA and a server's key pair; the CA signs whatever it is asked to.
class CertificateTest : public testing::Test {
 protected:
  CertificateTest() : now_(system_clock().wall()) {
    const auto pair = generate_key_pair(KeyAlgorithm::kEcdsaP256).value();
    key_ = std::make_unique<SigningKey>(
        SigningKey::open(KeyAlgorithm::kEcdsaP256, pair.private_pem).value());
    use_ca_of(kNames);
  }

  void use_ca_of(const std::vector<std::string>& names) {
    ca_ = make_ca_certificate(*key_, {"Test CA", names}, now_, 100).value();
    write("ca.pem", ca_);
  }

  std::string issue(const std::vector<std::string>& names) {
    const auto pair = generate_key_pair(KeyAlgorithm::kEcdsaP256).value();
    write("server.key", pair.private_pem.bytes(RevealToken{}));
    return make_server_certificate(*key_, ca_, pair.public_pem, names, now_, 30).value();
  }

  void write(const std::string& name, std::string_view text) { std::ofstream(dir_ / name) << text; }

  // What other people's programs say: OpenSSL's own command, and a handshake of Python's ssl.
  bool openssl_trusts(const std::string& certificate, const std::string& options) {
    write("server.pem", certificate);
    return run("openssl verify -purpose sslserver " + options + " -CAfile " + (dir_ / "ca.pem") +
               " " + (dir_ / "server.pem"));
  }
  bool python_trusts(const std::string& certificate, const std::string& name) {
    write("server.pem", certificate);
    return run("python3 " KEYSTILE_SOURCE_DIR "/src/crypto/testdata/handshake.py " +
               (dir_ / "ca.pem") + " " + (dir_ / "server.pem") + " " + (dir_ / "server.key") + " " +
               name);
  }
  static bool run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
  }

  TempFolder dir_;
  WallTime now_;
  std::unique_ptr<SigningKey> key_;
  std::string ca_;
};

TEST_F(CertificateTest, ServersWithPermittedNamesAreTrusted) {
  const std::string certificate = issue(kNames);
  EXPECT_TRUE(openssl_trusts(certificate, "-verify_hostname api.example.org"));
  EXPECT_FALSE(openssl_trusts(certificate, "-verify_hostname example.com"));
  EXPECT_TRUE(python_trusts(certificate, "www.example.net"));
}

// Even with the CA's key in hand.
TEST_F(CertificateTest, CaCannotVouchForOtherNames) {
  for (const std::string name :
       {"example.com", "example.org", "evil-api.example.org", "localhost", "*.org"}) {
    const std::string certificate = issue({name});
    EXPECT_FALSE(openssl_trusts(certificate, "")) << name;
    EXPECT_FALSE(python_trusts(certificate, name == "*.org" ? "a.org" : name)) << name;
    EXPECT_FALSE(openssl_trusts(issue({"api.example.org", name}), "")) << name;
  }
}

TEST_F(CertificateTest, CaCannotVouchForAddresses) {
  for (const std::string address : {"127.0.0.1", "10.1.2.3", "8.8.8.8", "::1", "2001:db8::1"}) {
    const std::string certificate = issue({address});
    EXPECT_FALSE(openssl_trusts(certificate, "")) << address;
    EXPECT_FALSE(python_trusts(certificate, address)) << address;
    EXPECT_FALSE(openssl_trusts(issue({"api.example.org", address}), "")) << address;
  }
}

TEST_F(CertificateTest, CaCanBeOfAFewHostsAndAddresses) {
  const std::vector<std::string> hosts{"localhost", "gate.example.org", "127.0.0.1", "::1"};
  use_ca_of(hosts);
  EXPECT_EQ(read_certificate(ca_)->only_names, hosts);
  const std::string certificate = issue(hosts);
  EXPECT_TRUE(openssl_trusts(certificate, "-verify_hostname gate.example.org"));
  EXPECT_TRUE(openssl_trusts(certificate, "-verify_ip ::1"));
  for (const std::string& host : hosts) EXPECT_TRUE(python_trusts(certificate, host)) << host;
  for (const std::string name : {"example.org", "127.0.0.2", "10.1.2.3", "::2", "2001:db8::1"}) {
    EXPECT_FALSE(openssl_trusts(issue({name}), "")) << name;
    EXPECT_FALSE(python_trusts(issue({"localhost", name}), name)) << name;
  }
}

// Without a permitted host name every one would be.
TEST_F(CertificateTest, CaOfAddressesAloneIsNotMade) {
  EXPECT_EQ(make_ca_certificate(*key_, {"x", {"127.0.0.1"}}, now_, 1).error().code,
            "certificate.name");
}

TEST_F(CertificateTest, CaWithoutConstraintsVouchesForAddresses) {
  use_ca_of({});
  EXPECT_TRUE(python_trusts(issue({"127.0.0.1"}), "127.0.0.1"));
}

TEST_F(CertificateTest, CaCannotMakeACa) {
  const auto pair = generate_key_pair(KeyAlgorithm::kEcdsaP256).value();
  EXPECT_FALSE(
      make_server_certificate(SigningKey::open(KeyAlgorithm::kEcdsaP256, pair.private_pem).value(),
                              ca_, pair.public_pem, kNames, now_, 30))
      << "the key is not this CA's";
}

TEST_F(CertificateTest, FactsAreRead) {
  const auto facts = read_certificate(ca_);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->subject, "Test CA");
  EXPECT_EQ(facts->only_names, kNames);
  EXPECT_EQ(facts->public_pem, key_->public_pem().value());
  EXPECT_EQ(facts->sha256.size(), 64u);
  const Millis early = now_ - facts->from;
  EXPECT_GE(early, std::chrono::minutes(60));
  EXPECT_LT(early, std::chrono::minutes(61));
  EXPECT_NEAR(static_cast<double>(Millis(facts->until - now_).count()), 100 * 86400e3, 2000);
  EXPECT_EQ(read_certificate("-----BEGIN").error().code, "certificate.format");
}

TEST_F(CertificateTest, NamesCannotCarryMore) {
  for (const std::string name : {"", "a,DNS:example.com", "UPPER.org", "a b", "a\n"}) {
    const auto pair = generate_key_pair(KeyAlgorithm::kEcdsaP256).value();
    EXPECT_EQ(make_server_certificate(*key_, ca_, pair.public_pem, {name}, now_, 1).error().code,
              "certificate.name");
    EXPECT_EQ(make_ca_certificate(*key_, {"x", {name}}, now_, 1).error().code, "certificate.name");
  }
  EXPECT_EQ(make_ca_certificate(*key_, {"x", {"*.example.org"}}, now_, 1).error().code,
            "certificate.name");
}

}  // namespace
}  // namespace keystile::crypto
