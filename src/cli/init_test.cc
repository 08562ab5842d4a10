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
      {"--host", "Bad_Name"}, {"--name", "a b"}, {"--name", "a+b"}};
  for (const auto& [option, value] : wrong) {
    EXPECT_EQ(init({option, value}), kFailed) << value;
    EXPECT_NE(err_.find(value), std::string::npos) << err_;
    EXPECT_FALSE(fs::exists(realm_)) << value;
  }
  EXPECT_EQ(init({"--host", "gate.example.org"}), kOk) << err_;
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
