#include "executor/settings.h"

#include <gtest/gtest.h>

#include "executor/realm_for_test.h"

namespace keystile::executor {
namespace {

std::string text(const std::string& realm = "", const std::string& rest = "") {
  const RealmForTest made;
  return "[realm]\nkey = \"" + made.note_key.vkey() + "\"\n" +
         (realm.empty()
              ? "at = \"https://keystile.example:8450\"\npolicy = \"" + bundle_of().hash() + "\"\n"
              : realm) +
         "[unlock]\nkey_file = \"unlock.key\"\n" + rest;
}

std::string message(const std::string& settings) {
  const auto read = parse_settings(settings, "executor.toml");
  return read ? "" : read.error().message;
}

TEST(Settings, AreRead) {
  const auto read = parse_settings(
      text("",
           "[exchanges]\nca_file = \"ca.pem\"\n[wait]\nhistory_grace_s = 5\nfollow_ms = 100\n"
           "[metrics]\nport = 9465\n"),
      "executor.toml");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->is_remote());
  EXPECT_EQ(read->key.name, RealmForTest::kOrigin);
  EXPECT_EQ(read->unlock_from, "unlock.key");
  EXPECT_EQ(read->exchanges_ca_file, "ca.pem");
  EXPECT_EQ(read->runner().payout.grace, Millis{5000});
  EXPECT_EQ(read->runner().follow_every, Millis{100});
  EXPECT_EQ(read->runner().policy, bundle_of().hash());
  EXPECT_EQ(read->metrics->address, "127.0.0.1");
  EXPECT_EQ(read->metrics->port, 9465);
}

TEST(Settings, SayWhatIsWrong) {
  const std::string hash = bundle_of().hash();
  EXPECT_NE(message("[unlock]\npassphrase = true\n"), "");
  EXPECT_NE(message("").find("[realm] is missing"), std::string::npos);
  EXPECT_NE(message(text("at = \"http://a\"\npolicy = \"" + hash + "\"\n")).find("https://"),
            std::string::npos);
  EXPECT_NE(message(text("at = \"/run/control.sock\"\npolicy = \"abc\"\n")).find("SHA-256"),
            std::string::npos);
  EXPECT_EQ(message(text("at = \"/run/control.sock\"\npolicy = \"" + hash + "\"\n")), "");
  EXPECT_NE(message(text("", "[wait]\nhistory_grace_s = 0\n")), "");
  EXPECT_NE(message(text("", "surprise = 1\n")), "");
  EXPECT_NE(message(text("", "[metrics]\nport = 65536\n")), "");
}

}  // namespace
}  // namespace keystile::executor
