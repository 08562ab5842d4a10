// `keystile init` and `executor init` and `rewrap`, as a person runs them.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/temp_folder_for_test.h"
#include "cli/commands.h"
#include "crypto/certificate.h"
#include "crypto/keys.h"
#include "ledger/note.h"
#include "signer/layout.h"
#include "vault/vault.h"

namespace keystile::cli {
namespace {

namespace fs = std::filesystem;

class InitTest : public testing::Test {
 protected:
  int init(std::vector<std::string> words) {
    words.insert(words.begin(), {"keystile", "init", realm_});
    return run(std::move(words));
  }
  int executor_init(const std::string& folder) {
    return run({"keystile", "executor", "init", folder, "--at", "https://localhost:1",
                "--realm-key", vkey()});
  }
  int run(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run_cli(static_cast<int>(argv.size()), argv.data(), {add_init, add_executor});
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  static std::string vkey() {
    const auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kEd25519).value();
    const auto key =
        crypto::SigningKey::open(crypto::KeyAlgorithm::kEd25519, pair.private_pem).value();
    return ledger::note_key("keystile/desk", key)->vkey();
  }

  TempFolder temp_;
  std::string realm_ = temp_.path() + "/desk";
  std::string out_, err_;
};

// So that the next try may use the folder.
TEST_F(InitTest, WhatCannotBeMadeLeavesNothing) {
  const std::pair<const char*, const char*> wrong[] = {
      {"--host", "Bad_Name"},      {"--name", "a b"},         {"--name", "a+b"},
      {"--address", "1.2.3"},      {"--port", "65533"},       {"--threshold", "3"},
      {"--hold", "24h"},           {"--sandbox", "/nowhere"}, {"--environment", "a b"},
      {"--environment", "../../x"}};
  for (const auto& [option, value] : wrong) {
    EXPECT_EQ(init({option, value}), kFailed) << value;
    const bool told = err_.find(value) != err_.npos || err_.find(option) != err_.npos ||
                      err_.find("environment") != err_.npos;
    EXPECT_TRUE(told) << err_;
    EXPECT_TRUE(fs::is_empty(temp_.path())) << value;  // nor beside it
  }
  EXPECT_EQ(init({"--passphrase"}), kFailed);  // there is nobody to ask
  EXPECT_FALSE(fs::exists(realm_));
  EXPECT_EQ(init({"--host", "gate.example.org"}), kOk) << err_;
}

// A folder that was there stays, and is empty again: a mount point, say.
TEST_F(InitTest, AFolderThatWasThereIsLeftEmpty) {
  realm_ = temp_.with_room_for(std::string("unlock/node.key").size());  // no vault fits in
  fs::create_directories(realm_);
  EXPECT_EQ(init({}), kFailed);
  EXPECT_NE(err_.find(realm_ + "/vault/node.vault"), err_.npos) << err_;
  EXPECT_TRUE(fs::exists(realm_));
  EXPECT_TRUE(fs::is_empty(realm_));
  realm_ = temp_ / "there";
  fs::create_directory(realm_);
  EXPECT_EQ(init({}), kOk) << err_;
}

TEST_F(InitTest, AnExecutorIsMadeWholeOrNotAtAll) {
  const std::string half = temp_.with_room_for(std::string("unlock.key").size());
  EXPECT_EQ(executor_init(half), kFailed);
  EXPECT_NE(err_.find(half + "/executor.vault"), err_.npos) << err_;
  EXPECT_FALSE(fs::exists(half));
  const std::string whole = temp_ / "executor";
  EXPECT_EQ(executor_init(whole), kOk) << err_;
  EXPECT_TRUE(fs::exists(whole + "/executor.toml"));
  EXPECT_EQ(executor_init(whole), kFailed);
  EXPECT_NE(err_.find("(init.folder)"), err_.npos) << err_;
  EXPECT_TRUE(fs::exists(whole + "/executor.toml"));
}

// What it unlocks is the same, and whoever knows the old key opens it no more.
TEST_F(InitTest, AnExecutorsVaultGetsANewSealingKey) {
  const std::string folder = temp_ / "executor", other = temp_ / "keys/other.key";
  ASSERT_EQ(executor_init(folder), kOk) << err_;
  const auto rewrap = [&](std::vector<std::string> how) {
    how.insert(how.begin(), {"keystile", "executor", "rewrap", folder});
    return run(std::move(how));
  };
  const auto opens = [&](const std::string& key) {
    const auto unlock = vault::unlock_from_file(key).value();
    const auto vault = vault::Vault::open(folder + "/executor.vault", "executor", unlock);
    return vault && vault->signing_key("api") && vault->signing_key("ledger");
  };
  EXPECT_EQ(rewrap({}), kFailed);
  EXPECT_NE(err_.find("(vault.rewrap)"), err_.npos) << err_;
  EXPECT_EQ(rewrap({"--key-file", folder + "/unlock.key"}), kFailed);
  EXPECT_NE(err_.find("(vault.exists)"), err_.npos) << err_;
  EXPECT_TRUE(opens(folder + "/unlock.key"));

  ASSERT_EQ(rewrap({"--key-file", other}), kOk) << err_;
  EXPECT_NE(out_.find("[unlock]\n  key_file = \"" + other + "\""), out_.npos) << out_;
  EXPECT_TRUE(opens(other));
  EXPECT_FALSE(opens(folder + "/unlock.key"));
  EXPECT_EQ(rewrap({"--key-file", temp_ / "third.key"}), kFailed);  // executor.toml names the old
  EXPECT_NE(err_.find("(vault.locked)"), err_.npos) << err_;
  EXPECT_FALSE(fs::exists(temp_ / "third.key"));
}

// Whatever ends it, the vault opens with one of the two.
TEST_F(InitTest, WhatEndsANewSealingKeyHalfwayLeavesTheOld) {
  const std::string folder = temp_ / "executor", other = temp_ / "other.key";
  ASSERT_EQ(executor_init(folder), kOk) << err_;
  fs::create_directory(folder + "/executor.vault.new");  // where the new content would be written
  const std::vector<std::string> rewrap = {"keystile", "executor",   "rewrap",
                                           folder,     "--key-file", other};
  EXPECT_EQ(run(rewrap), kFailed);
  const auto old = vault::unlock_from_file(folder + "/unlock.key").value();
  EXPECT_TRUE(vault::Vault::open(folder + "/executor.vault", "executor", old));
  fs::remove(folder + "/executor.vault.new");
  EXPECT_EQ(run(rewrap), kFailed);  // a key file is never overwritten
  fs::remove(other);
  EXPECT_EQ(run(rewrap), kOk) << err_;
}

TEST_F(InitTest, OtherMachinesKnowItByItsHosts) {
  ASSERT_EQ(init({"--address", "10.1.2.3", "--host", "gate.example.org"}), kOk) << err_;
  const std::string pem = signer::read_file(signer::Layout(realm_).tls() + "/ca.pem").value();
  EXPECT_EQ(
      crypto::read_certificate(pem)->only_names,
      (std::vector<std::string>{"localhost", "127.0.0.1", "::1", "gate.example.org", "10.1.2.3"}));
}

}  // namespace
}  // namespace keystile::cli
