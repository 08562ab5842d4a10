#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/temp_folder_for_test.h"
#include "vault/vault.h"

namespace keystile::vault {
namespace {

class KeyFileTest : public testing::Test {
 protected:
  std::string code(const std::string& text, mode_t mode) {
    const std::string path = folder_ / "key";
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::trunc) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    const auto unlock = unlock_from_file(path);
    return unlock ? "read" : unlock.error().code;
  }

  TempFolder temp_;
  std::filesystem::path folder_ = temp_.path();
};

TEST_F(KeyFileTest, MadeAndRead) {
  const std::string path = folder_ / "made";
  ASSERT_TRUE(create_key_file(path));
  EXPECT_EQ(create_key_file(path).error().code, "vault.exists");
  const auto first = unlock_from_file(path);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->secret.size(), 32u);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  ASSERT_TRUE(create_key_file(path + "2"));
  EXPECT_FALSE(unlock_from_file(path + "2").value().secret == first->secret);
}

TEST_F(KeyFileTest, OneShapeOnly) {
  const std::string digits(64, 'a');
  EXPECT_EQ(code(digits + "\n", 0600), "read");
  EXPECT_EQ(code(digits + "\n", 0400), "read");
  EXPECT_EQ(code(digits + "\n", 0640), "vault.unlock");
  EXPECT_EQ(code(digits + "\n", 0604), "vault.unlock");
  EXPECT_EQ(code(digits, 0600), "vault.unlock");
  EXPECT_EQ(code(digits + "\n\n", 0600), "vault.unlock");
  EXPECT_EQ(code(digits + "aa\n", 0600), "vault.unlock");
  EXPECT_EQ(code(std::string(64, 'A') + "\n", 0600), "vault.unlock");
  EXPECT_EQ(code(std::string(64, 'g') + "\n", 0600), "vault.unlock");
  EXPECT_EQ(code("", 0600), "vault.unlock");
  EXPECT_EQ(unlock_from_file(folder_ / "none").error().code, "vault.unlock");
  EXPECT_EQ(unlock_from_file(folder_).error().code, "vault.unlock");
}

TEST_F(KeyFileTest, SystemdCredential) {
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(unlock_from_systemd_credential("key").error().code, "vault.unlock");
  ASSERT_EQ(code(std::string(64, 'a') + "\n", 0440), "vault.unlock");
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  EXPECT_TRUE(unlock_from_systemd_credential("key"));
  EXPECT_EQ(unlock_from_systemd_credential("../key").error().code, "vault.unlock");
  EXPECT_EQ(unlock_from_systemd_credential("").error().code, "vault.unlock");
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

}  // namespace
}  // namespace keystile::vault
