// OpenSSH's own ssh-keygen and ours agree, in both directions.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/temp_folder_for_test.h"
#include "crypto/keys.h"
#include "crypto/ssh_wire.h"
#include "quorum/approval_text.h"
#include "quorum/proposals_for_test.h"
#include "quorum/sshsig.h"

namespace keystile::quorum {
namespace {

using crypto::SshKey;
using crypto::SshKeyType;

const std::string kPurpose = name_space(Action::kWithdraw);
const std::string kMessage = approval_text(proposal_of(a_withdrawal()), Decision::kApprove);

const crypto::SshKeyRules kRules{{SshKeyType::kEd25519, SshKeyType::kEcdsaP256, SshKeyType::kRsa},
                                 crypto::Presence::kNone};

class SshKeygen : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
  }
  std::string read(const std::string& name) {
    std::stringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }
  int run(const std::string& arguments) {
    return std::system(("cd " + folder_.path() + " && ssh-keygen " + arguments).c_str());
  }

  TempFolder folder_;
};

TEST_F(SshKeygen, WhatItSignsWeVerify) {
  write("message", kMessage);
  for (const char* type : {"ed25519", "ecdsa -b 256", "rsa -b 3072"}) {
    for (const char* hash : {"sha256", "sha512"}) {
      ASSERT_EQ(run("-q -N '' -C 'a comment' -f key -t " + std::string(type)), 0);
      ASSERT_EQ(run("-q -Y sign -f key -O hashalg=" + std::string(hash) + " -n " + kPurpose +
                    " message 2>/dev/null"),
                0);
      const auto key = SshKey::parse(read("key.pub"));
      ASSERT_TRUE(key) << key.error().message;
      const auto signature = SshSignature::parse(read("message.sig"));
      ASSERT_TRUE(signature) << signature.error().message;
      EXPECT_EQ(signature->armored(), read("message.sig"));
      const auto proven = verify(*signature, *key, kPurpose, kMessage, kRules);
      EXPECT_TRUE(proven) << type << hash << proven.error().message;
      EXPECT_FALSE(verify(*signature, *key, "policy@keystile", kMessage, kRules));
      for (const char* name : {"key", "key.pub", "message.sig"}) {
        std::filesystem::remove(folder_ / name);
      }
    }
  }
}

TEST_F(SshKeygen, WhatWeSignItVerifies) {
  const auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kEd25519).value();
  const auto signer =
      crypto::SigningKey::open(crypto::KeyAlgorithm::kEd25519, pair.private_pem).value();
  std::string blob, wire;
  crypto::append_string(&blob, "ssh-ed25519");
  crypto::append_string(&blob, signer.public_der()->substr(12));  // RFC 8410: the point stands last
  const SshKey key = SshKey::from_blob(blob).value();
  crypto::append_string(&wire, "ssh-ed25519");
  crypto::append_string(&wire,
                        signer.sign(signed_data(kPurpose, SshHash::kSha512, kMessage)).value());
  const SshSignature signature{key, kPurpose, SshHash::kSha512, wire};
  ASSERT_TRUE(verify(signature, key, kPurpose, kMessage, kRules));

  write("message", kMessage);
  write("other", approval_text(proposal_of(a_withdrawal()), Decision::kReject));
  write("message.sig", signature.armored());
  write("allowed", "alice " + key.line() + "\n");
  const std::string command = " -Y verify -f allowed -I alice -s message.sig -n ";
  EXPECT_EQ(run(command + kPurpose + " < message > /dev/null 2>&1"), 0);
  EXPECT_NE(run(command + kPurpose + " < other > /dev/null 2>&1"), 0);
  EXPECT_NE(run(command + "policy@keystile < message > /dev/null 2>&1"), 0);
}

}  // namespace
}  // namespace keystile::quorum
