#include "gate/leaf.h"

#include <gtest/gtest.h>

#include "crypto/certificate.h"
#include "gate/fake_signer_for_test.h"

namespace keystile::gate {
namespace {

class MovedClock final : public Clock {
 public:
  WallTime wall() const override { return now; }
  MonoTime mono() const override { return {}; }
  WallTime now = from_epoch_ms(1'780'000'000'000);
};

constexpr std::chrono::hours kHour{1};

class LeafTest : public testing::Test {
 protected:
  LeafTest()
      : pair_(crypto::generate_key_pair(crypto::KeyAlgorithm::kEcdsaP256).value()),
        ca_key_(
            crypto::SigningKey::open(crypto::KeyAlgorithm::kEcdsaP256, std::move(pair_.private_pem))
                .value()),
        ca_(crypto::make_ca_certificate(ca_key_, {"test", {"example.org"}}, clock_.now, 100)
                .value()) {
    signer_.on_certify = [this](std::string_view public_pem) -> Result<std::string> {
      ++asked_;
      if (!willing_) return fail("ca.expired", "it has ended");
      return crypto::make_server_certificate(ca_key_, ca_, public_pem, {"example.org"}, clock_.now,
                                             30);
    };
  }
  // What handshakes show: another object for each certificate.
  const void* shown(const Leaf& leaf) const { return &leaf.identity()->context(); }

  MovedClock clock_;
  crypto::KeyPair pair_;
  crypto::SigningKey ca_key_;
  std::string ca_;
  FakeSigner signer_;
  int asked_ = 0;
  bool willing_ = true;
};

TEST_F(LeafTest, IsCertifiedAnewTwiceADay) {
  const auto leaf = Leaf::make(signer_, clock_).value();
  const void* first = shown(*leaf);
  clock_.now += 12 * kHour - Millis{1};
  leaf->renew_if_due();
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(shown(*leaf), first);
  clock_.now += Millis{1};
  leaf->renew_if_due();
  leaf->renew_if_due();
  EXPECT_EQ(asked_, 2);
  EXPECT_NE(shown(*leaf), first);
  clock_.now += 24 * 40 * kHour;  // the machine slept for longer than the certificate holds
  leaf->renew_if_due();
  EXPECT_EQ(asked_, 3);
}

// Else a certificate from the future would be shown for as long as the clock was set back.
TEST_F(LeafTest, AClockThatIsSetBackIsNoReasonToWait) {
  const auto leaf = Leaf::make(signer_, clock_).value();
  clock_.now -= kHour;
  leaf->renew_if_due();
  EXPECT_EQ(asked_, 2);
}

TEST_F(LeafTest, WhereItIsNotRenewedTheOldOneGoesOn) {
  const auto leaf = Leaf::make(signer_, clock_).value();
  const void* first = shown(*leaf);
  willing_ = false;
  clock_.now += 12 * kHour;
  leaf->renew_if_due();
  leaf->renew_if_due();
  EXPECT_EQ(asked_, 2);  // not again ten times a second
  EXPECT_EQ(shown(*leaf), first);
  willing_ = true;
  clock_.now += 12 * kHour;
  leaf->renew_if_due();
  EXPECT_NE(shown(*leaf), first);
}

TEST_F(LeafTest, WithoutACertificateThereIsNone) {
  willing_ = false;
  EXPECT_EQ(Leaf::make(signer_, clock_).error().code, "ca.expired");
}

}  // namespace
}  // namespace keystile::gate
