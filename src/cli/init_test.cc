// `keystile init`, as a person runs it.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/temp_folder_for_test.h"
#include "cli/commands.h"
#include "crypto/certificate.h"
#include "signer/layout.h"

namespace keystile::cli {
namespace {

namespace fs = std::filesystem;

class InitTest : public testing::Test {
 protected:
  int init(std::vector<std::string> words) {
    words.insert(words.begin(), {"keystile", "init", realm_});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run_cli(static_cast<int>(argv.size()), argv.data(), {add_init});
    testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  TempFolder temp_;
  const std::string realm_ = temp_.path() + "/desk";
  std::string err_;
};

// So that the next try may use the folder.
TEST_F(InitTest, WhatCannotBeMadeLeavesNothing) {
  const std::pair<const char*, const char*> wrong[] = {
      {"--host", "Bad_Name"}, {"--name", "a b"},      {"--name", "a+b"}, {"--address", "1.2.3"},
      {"--port", "65533"},    {"--threshold", "3"},   {"--hold", "24h"}, {"--sandbox", "/nowhere"},
      {"--environment", "a b"}};
  for (const auto& [option, value] : wrong) {
    EXPECT_EQ(init({option, value}), kFailed) << value;
    const bool told = err_.find(value) != err_.npos || err_.find(option) != err_.npos ||
                      err_.find("environment") != err_.npos;
    EXPECT_TRUE(told) << err_;
    EXPECT_FALSE(fs::exists(realm_)) << value;
  }
  EXPECT_EQ(init({"--passphrase"}), kFailed);  // there is nobody to ask
  EXPECT_FALSE(fs::exists(realm_));
  EXPECT_EQ(init({"--host", "gate.example.org"}), kOk) << err_;
}

// A folder that was there stays, and is empty again: a mount point, say.
TEST_F(InitTest, AFolderThatWasThereIsLeftEmpty) {
  fs::create_directory(realm_);
  EXPECT_EQ(init({"--environment", "a b"}), kFailed);  // found out when half of it stands
  EXPECT_TRUE(fs::exists(realm_));
  EXPECT_TRUE(fs::is_empty(realm_));
  EXPECT_EQ(init({}), kOk) << err_;
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
