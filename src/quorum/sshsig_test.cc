// Against testdata/sshsig.json: signatures of OpenSSH's own regression tests, of ssh-keygen 9.2
// with throw-away keys, and of a software key that plays a hardware one; and what must be refused.
#include "quorum/sshsig.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/ssh_wire.h"

namespace keystile::quorum {
namespace {

using crypto::Presence;
using crypto::SshKey;
using crypto::SshKeyRules;
using crypto::SshKeyType;

const json::Array& vectors(std::string_view group) {
  static const json::Value all = [] {
    std::ifstream file(KEYSTILE_SOURCE_DIR "/src/quorum/testdata/sshsig.json");
    std::stringstream text;
    text << file.rdbuf();
    return json::parse(text.str()).value();
  }();
  return *all.find(group)->if_array();
}

std::string unhex(std::string_view hex) { return hex_decode(hex).value(); }
SshKey key_of(const json::Value& vector) {
  return SshKey::parse(vector.text("public_key")).value();
}
std::string message_of(const json::Value& vector) { return unhex(vector.text("message_hex")); }

const SshKeyRules kEveryType{{SshKeyType::kEd25519, SshKeyType::kSkEd25519,
                              SshKeyType::kSkEcdsaP256, SshKeyType::kEcdsaP256, SshKeyType::kRsa},
                             Presence::kNone};

Result<Proven> judge(const json::Value& vector, const SshKeyRules& rules = kEveryType) {
  const auto signature = SshSignature::parse(vector.text("armored"));
  if (!signature) return tl::unexpected<Error>(signature.error());
  return verify(*signature, key_of(vector), vector.text("namespace"), message_of(vector), rules);
}

std::string code(const Result<Proven>& result) { return result ? "holds" : result.error().code; }

void expect_real(const json::Value& vector) {
  const std::string_view armored = vector.text("armored");
  const auto signature = SshSignature::parse(armored);
  ASSERT_TRUE(signature) << vector.text("public_key") << signature.error().message;
  EXPECT_EQ(signature->armored(), armored);
  EXPECT_EQ(signature->key, key_of(vector));
  EXPECT_EQ(crypto::to_string(signature->key.type()), vector.text("key_type"));
  if (vector.find("application")) {
    EXPECT_EQ(signature->key.application(), vector.text("application"));
  }
  const std::string_view data = signature->key.application().empty()
                                    ? vector.text("signed_bytes_hex")
                                    : vector.text("sshsig_data_hex");
  if (!data.empty()) {
    EXPECT_EQ(
        hex_encode(signed_data(vector.text("namespace"), signature->hash, message_of(vector))),
        data);
  }
  EXPECT_EQ(code(judge(vector)), "holds") << vector.text("public_key");
  EXPECT_EQ(code(verify(*signature, signature->key, vector.text("namespace"),
                        message_of(vector) + "\n", kEveryType)),
            "sshsig.signature");
  EXPECT_EQ(code(verify(*signature, signature->key, "other", message_of(vector), kEveryType)),
            "sshsig.namespace");
}

TEST(SshSignature, OfSshKeygen) {
  EXPECT_EQ(vectors("generated").size(), 6u);
  for (const json::Value& vector : vectors("generated")) expect_real(vector);
}

TEST(SshSignature, OfOpenSshsOwnTests) {
  EXPECT_EQ(vectors("official").size(), 6u);
  for (const json::Value& vector : vectors("official")) {
    if (vector.text("name") == "ecdsa_sk_webauthn") {
      // Made through a browser; what it signs is not the message alone.
      EXPECT_EQ(code(judge(vector)), "sshsig.format");
    } else {
      expect_real(vector);
    }
  }
}

TEST(SshSignature, HardwareKeysMustAttestATouch) {
  EXPECT_EQ(vectors("synthetic_sk").size(), 4u);
  for (const json::Value& vector : vectors("synthetic_sk")) {
    const bool accept = *vector.find("policy_accept")->if_bool();
    const auto proven = judge(vector);
    EXPECT_EQ(code(proven), accept ? "holds" : "sshsig.presence") << vector.text("why");
    if (!proven) continue;
    EXPECT_EQ(std::to_string(proven->counter), vector.text("counter"));
    const bool pin = vector.text("flags") == "5";
    EXPECT_EQ(proven->presence, pin ? Presence::kPin : Presence::kTouch);
    EXPECT_EQ(code(judge(vector, {kEveryType.types, Presence::kTouch})), "holds");
    EXPECT_EQ(code(judge(vector, {kEveryType.types, Presence::kPin})),
              pin ? "holds" : "sshsig.presence");
  }
}

TEST(SshSignature, OtherKeysAttestNothing) {
  for (const json::Value& vector : vectors("generated")) {
    EXPECT_EQ(code(judge(vector, {kEveryType.types, Presence::kTouch})), "sshsig.presence");
  }
}

TEST(SshSignature, RsaAndEcdsaOnlyIfTheRulesAllowThem) {
  for (const json::Value& vector : vectors("generated")) {
    const bool usual = vector.text("key_type") == "ssh-ed25519";
    EXPECT_EQ(code(judge(vector, SshKeyRules{})), usual ? "holds" : "sshsig.key_type");
  }
}

void expect_refused(const json::Value& vector, const json::Value& like) {
  const auto signature = SshSignature::from_blob(unhex(vector.text("blob_hex")));
  if (!signature) return;
  const bool given = vector.find("message_hex") != nullptr;
  EXPECT_FALSE(verify(*signature, key_of(given ? vector : like), like.text("namespace"),
                      message_of(given ? vector : like), kEveryType))
      << vector.text("why");
}

TEST(SshSignature, ForgedChangedOrMalleable) {
  EXPECT_EQ(vectors("invalid").size(), 10u);
  EXPECT_EQ(vectors("quirks").size(), 2u);  // these ssh-keygen takes
  const json::Value& like = vectors("generated")[0];
  for (const char* group : {"invalid", "quirks"}) {
    for (const json::Value& vector : vectors(group)) expect_refused(vector, like);
  }
}

TEST(SshSignature, EveryCutAndEveryByteMore) {
  for (const char* group : {"generated", "official", "synthetic_sk"}) {
    for (const json::Value& vector : vectors(group)) {
      const auto signature = SshSignature::parse(vector.text("armored"));
      if (!signature) continue;
      const std::string blob = signature->blob();
      ASSERT_TRUE(SshSignature::from_blob(blob));
      EXPECT_FALSE(SshSignature::from_blob(blob + '\0'));
      for (size_t size = 0; size < blob.size(); ++size) {
        EXPECT_FALSE(SshSignature::from_blob(blob.substr(0, size)));
      }
    }
  }
}

TEST(SshSignature, EveryFlippedBitIsNoticed) {
  for (const char* group : {"generated", "synthetic_sk"}) {
    const json::Value& vector = vectors(group)[0];
    const std::string blob = SshSignature::parse(vector.text("armored"))->blob();
    for (size_t bit = 0; bit < blob.size() * 8; ++bit) {
      std::string changed = blob;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
      const auto signature = SshSignature::from_blob(changed);
      EXPECT_FALSE(signature && verify(*signature, key_of(vector), vector.text("namespace"),
                                       message_of(vector), kEveryType))
          << bit;
    }
  }
}

// The same signature with its numbers, or its algorithm, spelled otherwise.
TEST(SshSignature, EcdsaNumbersHaveOneSpelling) {
  const json::Value& vector = vectors("generated")[4];
  SshSignature signature = SshSignature::parse(vector.text("armored")).value();
  const std::string original = signature.signature;
  crypto::SshReader outer(original);
  const std::string_view algorithm = outer.string();
  crypto::SshReader inner(outer.string());
  const std::string_view r = inner.mpint(), s = inner.mpint();
  const auto with = [&](const std::string& first, const std::string& second) {
    std::string numbers;
    crypto::append_string(&numbers, first);
    crypto::append_string(&numbers, second);
    signature.signature.clear();
    crypto::append_string(&signature.signature, algorithm);
    crypto::append_string(&signature.signature, numbers);
    return code(
        verify(signature, signature.key, vector.text("namespace"), message_of(vector), kEveryType));
  };
  const auto mpint = [](std::string_view number) {
    return (number[0] & 0x80 ? std::string(1, '\0') : "") + std::string(number);
  };
  EXPECT_EQ(with(mpint(r), mpint(s)), "holds");
  EXPECT_EQ(with('\0' + mpint(r), mpint(s)), "sshsig.signature");
  EXPECT_EQ(with(mpint(r), '\0' + mpint(s)), "sshsig.signature");
  EXPECT_EQ(with(mpint(s), mpint(r)), "sshsig.signature");
  EXPECT_EQ(with("", mpint(s)), "sshsig.signature");
}

TEST(SshSignature, RsaNeverWithSha1) {
  const json::Value& vector = vectors("generated")[5];
  SshSignature signature = SshSignature::parse(vector.text("armored")).value();
  crypto::SshReader reader(signature.signature);
  reader.string();
  const std::string bytes(reader.string());
  for (const char* algorithm : {"ssh-rsa", "rsa-sha2-256", "ssh-ed25519", ""}) {
    signature.signature.clear();
    crypto::append_string(&signature.signature, algorithm);
    crypto::append_string(&signature.signature, bytes);
    EXPECT_FALSE(
        verify(signature, signature.key, vector.text("namespace"), message_of(vector), kEveryType))
        << algorithm;
  }
}

TEST(SshSignature, ArmorIsReadStrictly) {
  const std::string good(vectors("generated")[0].text("armored"));
  const auto swap = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  std::string crlf;
  for (const char c : good) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_TRUE(SshSignature::parse(good));
  EXPECT_TRUE(SshSignature::parse(crlf));
  EXPECT_TRUE(SshSignature::parse(good.substr(0, good.size() - 1)));
  for (const std::string& bad :
       {std::string(), " " + good, "\n" + good, good + "\n", good + "x", good + good,
        swap("-----BEGIN", "----BEGIN"), swap("-----END SSH SIGNATURE-----\n", ""),
        swap("\n-----END", "-----END"), swap("\n-----END", "\n\n-----END"),
        swap("\nU1NIU", "\n U1NIU"), swap("\n-----END", "=\n-----END"),
        swap("\nU1NIU", "\nU1NI\nU "), good.substr(0, 29), std::string(20000, 'A')}) {
    const auto read = SshSignature::parse(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, "sshsig.format");
  }
}

}  // namespace
}  // namespace keystile::quorum
