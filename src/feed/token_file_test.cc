#include "feed/token_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/temp_folder_for_test.h"

namespace keystile::feed {
namespace {

namespace fs = std::filesystem;

// Replaced as `keystile feed token` does, within one tick of the disk's clock.
TEST(TokenFile, IsReadAgainAlsoWhereItsTimeIsTheSame) {
  TempFolder folder;
  const std::string path = folder / "tokens.json", beside = folder / "tokens.json.new";
  Tokens tokens;
  ASSERT_TRUE(tokens.add("desk", system_random(), from_epoch_ms(1'700'000'000'000)));
  std::ofstream(path) << tokens.text();
  TokenFile file(path);
  const auto first = file.changed();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->all().size(), 1u);
  EXPECT_FALSE(file.changed());
  std::ofstream(beside) << Tokens().text();
  fs::last_write_time(beside, fs::last_write_time(path));
  fs::rename(beside, path);
  const auto second = file.changed();
  ASSERT_TRUE(second && *second);
  EXPECT_TRUE((*second)->all().empty());
  fs::remove(path);
  const auto gone = file.changed();
  ASSERT_TRUE(gone && *gone);
  EXPECT_TRUE((*gone)->all().empty());
}

}  // namespace
}  // namespace keystile::feed
