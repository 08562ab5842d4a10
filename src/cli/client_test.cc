// `keystile client`, in a realm as `keystile init` makes it; and words that are no command.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/temp_folder_for_test.h"
#include "cli/commands.h"
#include "crypto/keys.h"

namespace keystile::cli {
namespace {

class ClientTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(run({"init", "--environment", "test"}), kOk) << err_;
    std::ofstream(realm_ + "/policy/realm.toml", std::ios::app)
        << "[[environment.upstream]]\nexchange = \"okx\"\n"
           "hosts = {rest = \"http://127.0.0.1:1\"}\n"
           "[[account]]\nname = \"main\"\nexchange = \"okx\"\nenvironment = \"test\"\n"
           "kind = \"trading\"\n";
  }

  int run(std::vector<std::string> words) {
    words.insert(words.begin(), {"keystile", "--realm", realm_});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run_cli(static_cast<int>(argv.size()), argv.data(),
                             {add_init, add_client, add_policy, add_freeze, add_vault});
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  int add(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"client", "add",       name,       "--account",
                                   "main",   "--profile", "reporting"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  // As docs/cli.md promises: one to paste, the other as a shell takes it.
  void expect_to_paste() {
    EXPECT_TRUE(json::parse(out_)) << out_;
    std::istringstream lines(err_);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(line.starts_with("# ") || line.starts_with("export ")) << line;
    }
    EXPECT_NE(err_.find("# Policy version"), err_.npos) << err_;
  }

  TempFolder temp_;
  std::string realm_ = temp_.path() + "/desk";
  std::string out_, err_;
};

TEST_F(ClientTest, WhatIsToBePastedStandsAlone) {
  ASSERT_EQ(add("bot", {"--format", "ccxt"}), kOk) << err_;
  expect_to_paste();
  ASSERT_EQ(run({"client", "rotate", "bot", "--format", "ccxt"}), kOk) << err_;
  expect_to_paste();
}

// A key that leaked was removed at once.
TEST_F(ClientTest, ANewKeyIsToldThoughTheOldOneCannotBeRemoved) {
  ASSERT_EQ(add("bot"), kOk) << err_;
  ASSERT_EQ(run({"--json", "vault", "list", "test"}), kOk) << err_;
  const auto entries = json::parse(out_);
  ASSERT_TRUE(entries) << out_;
  const std::string old(entries->find("entries")->if_array()->front().text("name"));
  ASSERT_EQ(run({"vault", "remove", "test", old}), kOk) << err_;
  ASSERT_EQ(run({"client", "rotate", "bot", "--format", "env"}), kOk) << err_;
  EXPECT_NE(out_.find("OKX_API_SECRET="), out_.npos) << out_;
  EXPECT_NE(err_.find(old + " was not removed"), err_.npos) << err_;
}

TEST_F(ClientTest, OneWithItsOwnPrivateKeyIsFollowedByAnother) {
  std::ofstream(realm_ + "/policy/realm.toml", std::ios::app)
      << "[[environment.upstream]]\nexchange = \"bybit\"\n"
         "hosts = {rest = \"http://127.0.0.1:1\"}\n"
         "[[account]]\nname = \"second\"\nexchange = \"bybit\"\nenvironment = \"test\"\n"
         "kind = \"trading\"\n";
  const auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kRsaSha256).value();
  const auto key =
      crypto::SigningKey::open(crypto::KeyAlgorithm::kRsaSha256, pair.private_pem).value();
  std::ofstream(realm_ + "/bot.pem") << key.public_pem().value();
  ASSERT_EQ(run({"client", "add", "bot", "--account", "second", "--profile", "reporting",
                 "--algorithm", "rsa", "--public-key", realm_ + "/bot.pem"}),
            kOk)
      << err_;
  EXPECT_EQ(run({"client", "rotate", "bot"}), kFailed);
  EXPECT_NE(err_.find("keystile client add NAME --algorithm rsa"), err_.npos) << err_;
  EXPECT_NE(err_.find("keystile client revoke bot"), err_.npos) << err_;
}

TEST_F(ClientTest, OneThatEndedGetsNoNewKey) {
  ASSERT_EQ(add("bot"), kOk) << err_;
  ASSERT_EQ(run({"client", "revoke", "bot"}), kOk) << err_;
  EXPECT_EQ(run({"client", "rotate", "bot"}), kFailed);
  EXPECT_NE(err_.find("(client.revoked)"), err_.npos) << err_;
  EXPECT_EQ(out_, "");
  // And is not ended a second time.
  EXPECT_EQ(run({"client", "revoke", "bot"}), kOk) << err_;
  EXPECT_EQ(run({"policy", "show", "4"}), kFailed) << out_;
}

TEST_F(ClientTest, OneThatWouldHaveEndedIsNotMade) {
  EXPECT_EQ(add("bot", {"--expires", "2020-01-31T00:00:00Z"}), kFailed);
  EXPECT_NE(err_.find("2020-01-31T00:00:00Z is over already"), err_.npos) << err_;
  EXPECT_EQ(add("bot", {"--expires", "2920-01-31T00:00:00Z"}), kOk) << err_;
}

TEST_F(ClientTest, AMistypedCommandIsNamed) {
  EXPECT_EQ(run({"clint", "list"}), kUsage);
  EXPECT_EQ(err_, "keystile: there is no command \"clint\" here: keystile --help lists them\n");
  EXPECT_EQ(run({"client", "lst"}), kUsage);
  EXPECT_EQ(err_,
            "keystile: there is no command \"lst\" here: keystile client --help lists them\n");
  EXPECT_EQ(run({"client"}), kUsage);
  EXPECT_EQ(err_.find("no command"), err_.npos) << err_;
}

TEST_F(ClientTest, AFolderThatIsNoRealmIsNamed) {
  for (const std::string nowhere : {temp_.path() + "/nowhere", std::string("https://h:1/x")}) {
    realm_ = nowhere;
    EXPECT_EQ(run({"client", "list"}), kFailed);
    EXPECT_NE(err_.find(nowhere + " is no realm's folder"), err_.npos) << err_;
    EXPECT_NE(err_.find("keystile init"), err_.npos) << err_;
  }
}

}  // namespace
}  // namespace keystile::cli
