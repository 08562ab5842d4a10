#include "cli/sandbox_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/temp_folder_for_test.h"
#include "base/time.h"

namespace keystile::cli {
namespace {

namespace fs = std::filesystem;

struct SandboxFolderTest : testing::Test {
  Result<SandboxFolder> open() {
    return open_sandbox_folder(path, system_random(), system_clock().wall());
  }
  static mode_t mode(const std::string& file) {
    struct stat found {};
    return ::stat(file.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }
  TempFolder temp;
  std::string root = temp.path(), path = root + "/sandbox";
};

TEST_F(SandboxFolderTest, MakesKeysOnceAndFindsThemAgain) {
  const auto made = open();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(mode(path), 0700u);
  EXPECT_EQ(mode(path + "/keys.json"), 0600u);
  EXPECT_EQ(mode(path + "/server.key"), 0600u);
  std::set<std::string> ids;
  for (const SandboxKey& key : made->keys) {
    EXPECT_TRUE(ids.insert(key.exchange + key.key_id).second) << "every key is its own";
    EXPECT_FALSE(key.secret.empty());
    EXPECT_EQ(key.passphrase.empty(), key.exchange != "okx");
    EXPECT_EQ(key.public_key.empty(), key.algorithm == crypto::KeyAlgorithm::kHmacSha256);
    const bool may_withdraw =
        std::count(key.permissions.begin(), key.permissions.end(), "withdraw") == 1;
    EXPECT_EQ(may_withdraw, key.name == "withdraw" || key.name == "full" || key.name == "other");
  }
  const auto again = open();
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_EQ(again->keys.size(), made->keys.size());
  for (size_t i = 0; i < made->keys.size(); ++i) {
    EXPECT_EQ(again->keys[i].key_id, made->keys[i].key_id);
    EXPECT_TRUE(again->keys[i].secret == made->keys[i].secret);
  }
}

TEST_F(SandboxFolderTest, DamagedOrReadableKeysAreRefused) {
  ASSERT_TRUE(open());
  fs::permissions(path + "/keys.json", fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(open().error().code, "vault.mode");
  fs::permissions(path + "/keys.json", fs::perms::others_read, fs::perm_options::remove);
  std::ofstream(path + "/keys.json") << "{\"keys\": [{}]}";
  EXPECT_EQ(open().error().code, "sandbox.keys");
  std::ofstream(path + "/keys.json") << "not json";
  EXPECT_EQ(open().error().code, "sandbox.keys");
}

TEST_F(SandboxFolderTest, AFileInTheWayIsSaid) {
  std::ofstream(path) << "";
  EXPECT_EQ(open().error().code, "sandbox.folder");
}

}  // namespace
}  // namespace keystile::cli
