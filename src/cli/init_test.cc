// `keystile init`, as a person runs it.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/temp_folder_for_test.h"
#include "cli/commands.h"
#include "crypto/certificate.h"
#include "crypto/keys.h"
#include "ledger/note.h"
#include "signer/layout.h"

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
    testing::internal::GetCapturedStdout();
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
  std::string err_;
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

TEST_F(InitTest, OtherMachinesKnowItByItsHosts) {
  ASSERT_EQ(init({"--address", "10.1.2.3", "--host", "gate.example.org"}), kOk) << err_;
  const std::string pem = signer::read_file(signer::Layout(realm_).tls() + "/ca.pem").value();
  EXPECT_EQ(
      crypto::read_certificate(pem)->only_names,
      (std::vector<std::string>{"localhost", "127.0.0.1", "::1", "gate.example.org", "10.1.2.3"}));
}

}  // namespace
}  // namespace keystile::cli
