#include "cli/listener_certificate.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "cli/node_vault_for_test.h"

namespace keystile::cli {
namespace {

namespace fs = std::filesystem;
using Level = Check::Level;

constexpr std::chrono::hours kDay{24};

class SetClock final : public Clock {
 public:
  WallTime wall() const override { return now_; }
  MonoTime mono() const override { return {}; }
  void pass(std::chrono::hours time) { now_ += time; }

 private:
  WallTime now_ = system_clock().wall();
};

class ListenerCertificateTest : public NodeVaultTest {
 protected:
  ListenerCertificate make(const std::vector<std::string>& more) {
    return make_listener_certificate(&*node_, layout_, "desk", more, clock_).value();
  }
  // What OpenSSL's own command says.
  bool is_trusted(const std::string& options) const {
    const std::string tls = layout_.tls();
    return std::system(("openssl verify -purpose sslserver " + options + " -CAfile " + tls +
                        "/ca.pem " + tls + "/server.pem >/dev/null 2>&1")
                           .c_str()) == 0;
  }
  std::vector<Check> checks() const {
    signer::NodeSettings settings;
    settings.listeners.resize(2);
    settings.listeners[0].certificate = "tls/server.pem";
    return check_listener_certificates(layout_, settings, clock_.wall());
  }

  SetClock clock_;
};

TEST_F(ListenerCertificateTest, IsOfThisMachineAndOfNamedHostsOnly) {
  make({"gate.example.org", "10.1.2.3"});
  for (const char* good : {"-verify_hostname localhost", "-verify_ip 127.0.0.1", "-verify_ip ::1",
                           "-verify_hostname gate.example.org", "-verify_ip 10.1.2.3"})
    EXPECT_TRUE(is_trusted(good)) << good;
  for (const char* other : {"-verify_hostname example.org", "-verify_ip 10.1.2.4"})
    EXPECT_FALSE(is_trusted(other)) << other;
}

// So that who reads the folder cannot sign with it.
TEST_F(ListenerCertificateTest, KeyOfTheCaIsInTheVaultAlone) {
  make({});
  EXPECT_TRUE(node_->find(kListenerCaKey));
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(layout_.tls()))
    files.insert(entry.path().filename());
  EXPECT_EQ(files, (std::set<std::string>{"ca.pem", "server.pem", "server.key"}));
  EXPECT_EQ(fs::status(layout_.tls() + "/server.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(ListenerCertificateTest, IsRenewedUnderTheSameCa) {
  ASSERT_TRUE(make({"gate.example.org"}).is_new_ca);
  const std::string ca = signer::read_file(layout_.tls() + "/ca.pem").value();
  const std::string before = signer::read_file(layout_.tls() + "/server.pem").value();
  clock_.pass(kDay * 800);
  const ListenerCertificate made = make({});
  EXPECT_FALSE(made.is_new_ca);
  EXPECT_EQ(signer::read_file(layout_.tls() + "/ca.pem").value(), ca);
  EXPECT_NE(signer::read_file(layout_.tls() + "/server.pem").value(), before);
  EXPECT_TRUE(is_trusted("-no_check_time -verify_hostname gate.example.org"));
}

TEST_F(ListenerCertificateTest, TellsTheNameByWhichOthersKnowIt) {
  EXPECT_EQ(public_host(layout_), "localhost");
  make({});
  EXPECT_EQ(public_host(layout_), "localhost");
  make({"gate.example.org", "10.1.2.3"});
  EXPECT_EQ(public_host(layout_), "gate.example.org");
}

TEST_F(ListenerCertificateTest, AnotherHostTakesAnotherCa) {
  make({"gate.example.org"});
  const ListenerCertificate made = make({"10.1.2.3"});
  EXPECT_TRUE(made.is_new_ca);
  EXPECT_EQ(made.ca.only_names, (std::vector<std::string>{"localhost", "127.0.0.1", "::1",
                                                          "gate.example.org", "10.1.2.3"}));
  EXPECT_TRUE(is_trusted("-verify_ip 10.1.2.3"));
  EXPECT_TRUE(is_trusted("-verify_hostname gate.example.org"));
}

TEST_F(ListenerCertificateTest, CaThatEndsTooSoonIsReplaced) {
  make({});
  clock_.pass(kDay * 2900);
  EXPECT_TRUE(make({}).is_new_ca);
}

TEST_F(ListenerCertificateTest, CaOfAnEarlierBuildIsReplaced) {
  ASSERT_TRUE(node_->add_pair("other", crypto::KeyAlgorithm::kEcdsaP256, clock_));
  const std::string any =
      crypto::make_ca_certificate(*node_->signing_key("other"), {"Old", {}}, clock_.wall(), 3650)
          .value();
  ASSERT_TRUE(signer::write_file(layout_.tls() + "/ca.pem", any, 0644));
  EXPECT_TRUE(make({}).is_new_ca);
  EXPECT_TRUE(is_trusted("-verify_hostname localhost"));
}

// The key is ours and the names are not: anybody can write that, who does not sign it.
TEST_F(ListenerCertificateTest, HostsOfACaThatOursDidNotSignAreNotTaken) {
  make({});
  std::string pem =
      crypto::make_ca_certificate(*node_->signing_key(kListenerCaKey),
                                  {"x", {"localhost", "evil.example.org"}}, clock_.wall(), 3650)
          .value();
  const std::string file = layout_.tls() + "/ca.pem";
  ASSERT_TRUE(signer::write_file(file, pem, 0644));
  EXPECT_EQ(make({}).ca.only_names.back(), "evil.example.org") << "this one is ours";
  make({});
  const size_t end = pem.rfind("\n-----END");
  pem[end - 12] = pem[end - 12] == 'A' ? 'B' : 'A';  // of the signature
  ASSERT_TRUE(signer::write_file(file, pem, 0644));
  const ListenerCertificate made = make({});
  EXPECT_TRUE(made.is_new_ca);
  EXPECT_EQ(made.ca.only_names, (std::vector<std::string>{"localhost", "127.0.0.1", "::1"}));
}

TEST_F(ListenerCertificateTest, WhatIsNoHostIsRefused) {
  for (const char* host : {"", "UPPER.example.org", "a b", "*.example.org", "a,DNS:b"}) {
    EXPECT_EQ(make_listener_certificate(&*node_, layout_, "desk", {host}, clock_).error().code,
              "certificate.name")
        << host;
  }
  EXPECT_FALSE(fs::exists(layout_.tls() + "/ca.pem"));
}

TEST_F(ListenerCertificateTest, DoctorSaysWhenItEnds) {
  make({});
  ASSERT_EQ(checks().size(), 1u);
  EXPECT_EQ(checks()[0].level, Level::kGood);
  clock_.pass(kDay * 800);
  EXPECT_EQ(checks()[0].level, Level::kWarning);
  EXPECT_NE(checks()[0].message.find("`keystile ca listener`"), std::string::npos);
  clock_.pass(kDay * 30);
  EXPECT_EQ(checks()[0].level, Level::kBad);
  ASSERT_TRUE(signer::write_file(layout_.tls() + "/server.pem", "nonsense", 0644));
  EXPECT_EQ(checks()[0].level, Level::kBad);
}

TEST_F(ListenerCertificateTest, DoctorFindsAnEarlierBuildsKey) {
  make({});
  ASSERT_TRUE(signer::write_file(layout_.tls() + "/ca.key", "x", 0600));
  ASSERT_EQ(checks().size(), 2u);
  EXPECT_EQ(checks()[1].level, Level::kWarning);
  EXPECT_NE(checks()[1].message.find("delete that key"), std::string::npos);
}

TEST(NamedHosts, AreThoseOfListenersAndApi) {
  signer::NodeSettings settings;
  for (const char* address : {"127.0.0.1", "0.0.0.0", "::", "10.1.2.3", "10.1.2.3", ""}) {
    settings.listeners.emplace_back().address = address;
  }
  settings.api.emplace().address = "10.9.9.9";
  EXPECT_EQ(named_hosts(settings), (std::vector<std::string>{"127.0.0.1", "10.1.2.3", "10.9.9.9"}));
}

}  // namespace
}  // namespace keystile::cli
