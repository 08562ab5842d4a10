#include "crypto/ssh_key.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/ssh_wire.h"

namespace keystile::crypto {
namespace {

// Keys of OpenSSH's own regression tests (regress/unittests/sshsig/testdata), with the fingerprints
// that `ssh-keygen -l` prints.
constexpr const char* kEd25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIlizSIN3DQV78VPNjVvvwjgf+P5HqbPYCYu3BOMdjAE";
constexpr const char* kSkEd25519 =
    "sk-ssh-ed25519@openssh.com "
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIJsaDYXQYruc6bilCYDIK4YSOeG+zmrRO2M9t03//7LHAAAA"
    "BHNzaDo=";

std::string refusal(std::string_view line) {
  const auto key = SshKey::parse(line);
  return key ? "taken" : key.error().code;
}

std::string wire(std::initializer_list<std::string_view> strings) {
  std::string blob;
  for (const std::string_view each : strings) append_string(&blob, each);
  return blob;
}

TEST(SshKey, ReadsAPubFile) {
  const auto key = SshKey::parse(std::string(kEd25519) + " ED25519 test key\n");
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->type(), SshKeyType::kEd25519);
  EXPECT_EQ(key->fingerprint(), "SHA256:ZxTZQ/K7JZpz0mHqWqdmYCUcq3MAtnu9TYA66TCBkxM");
  EXPECT_EQ(key->line(), kEd25519);
  EXPECT_EQ(key->point().size(), 32u);
  EXPECT_EQ(*key, SshKey::parse(kEd25519).value()) << "the comment is no part of a key";
}

TEST(SshKey, AFidoKeyIsForOneApplication) {
  const auto key = SshKey::parse(kSkEd25519);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_TRUE(is_fido(key->type()));
  EXPECT_EQ(key->application(), "ssh:");
  EXPECT_EQ(key->fingerprint(), "SHA256:pbI9wlyrFSsUbp+GTiIAOqNMvoajbF2tHsPMECyrMYU");
  const std::string other = wire({"sk-ssh-ed25519@openssh.com", key->point(), "ssh:other"});
  EXPECT_NE(*key, SshKey::from_blob(other).value());
}

TEST(SshKey, OneLineAndOneSpelling) {
  const std::string good = kEd25519;
  EXPECT_EQ(refusal(good), "taken");
  for (const std::string& bad :
       {std::string(), std::string("ssh-ed25519"), " " + good, good + "\r\n", good + "\n\n",
        good + " a\nssh-ed25519 AAAA", "no-touch-required " + good, good.substr(0, good.size() - 1),
        good + "=", "ssh-ed25519 " + good.substr(11),
        std::string("ssh-ed25519\t") + good.substr(12),
        "sk-ssh-ed25519@openssh.com " + good.substr(12), "SSH-ED25519 " + good.substr(12)}) {
    EXPECT_EQ(refusal(bad), "ssh_key.format") << bad;
  }
}

TEST(SshKey, OnlyTheFieldsOfItsType) {
  const SshKey key = SshKey::parse(kEd25519).value();
  const std::string good = wire({"ssh-ed25519", key.point()});
  EXPECT_TRUE(SshKey::from_blob(good));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(SshKey::from_blob(good.substr(0, size))) << size;
  }
  EXPECT_FALSE(SshKey::from_blob(good + '\0'));
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-ed25519", key.point(), "ssh:"})));
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-ed25519", key.point().substr(1)})));
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-ed25519", "\x01" + std::string(31, '\0')})));
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-dss", key.point()})));
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-ed25519-cert-v01@openssh.com", key.point()})));
  EXPECT_FALSE(SshKey::from_blob(wire({"ecdsa-sha2-nistp256", "nistp384", key.point()})));
  EXPECT_FALSE(SshKey::from_blob(wire({"ecdsa-sha2-nistp256", "nistp256", key.point()})));
}

TEST(SshKey, RsaNumbersHaveOneSpellingAndEnoughBits) {
  const std::string exponent("\x01\x00\x01", 3), modulus = "\xc1" + std::string(383, '\x55');
  const auto key = SshKey::from_blob(wire({"ssh-rsa", exponent, '\0' + modulus}));
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->point(), modulus);
  EXPECT_EQ(key->exponent(), exponent);
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-rsa", exponent, modulus}))) << "negative";
  const std::string padded = std::string(2, '\0') + modulus;
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-rsa", exponent, padded})));
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-rsa", '\0' + exponent, '\0' + modulus})));
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-rsa", "", '\0' + modulus})));
  const std::string rsa2048 = '\0' + modulus.substr(0, 256);
  EXPECT_FALSE(SshKey::from_blob(wire({"ssh-rsa", exponent, rsa2048})));
}

TEST(SshKey, TypesRoundTrip) {
  for (const auto type : {SshKeyType::kEd25519, SshKeyType::kSkEd25519, SshKeyType::kSkEcdsaP256,
                          SshKeyType::kEcdsaP256, SshKeyType::kRsa}) {
    EXPECT_EQ(parse_ssh_key_type(to_string(type)), type);
  }
  EXPECT_FALSE(parse_ssh_key_type("ssh-dss"));
}

}  // namespace
}  // namespace keystile::crypto
