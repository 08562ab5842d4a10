#include "feed/tokens.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace keystile::feed {
namespace {

const WallTime kNow = from_epoch_ms(1'700'000'000'000);

TEST(Tokens, OnlyTheirHashIsKept) {
  Tokens tokens;
  const auto token = tokens.add("desk", system_random(), kNow);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->size(), 47u);
  EXPECT_EQ(tokens.text().find(*token), std::string::npos);
  EXPECT_NE(tokens.text().find(hex_encode(crypto::sha256(*token))), std::string::npos);
  const auto again = Tokens::parse(tokens.text(), "file");
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_NE(again->find(*token), nullptr);
  EXPECT_EQ(again->find(*token)->name, "desk");
  EXPECT_EQ(again->find(*token)->made, kNow);
  EXPECT_EQ(again->find(token->substr(1)), nullptr);
  EXPECT_EQ(again->find(""), nullptr);
}

TEST(Tokens, OneOfEachName) {
  Tokens tokens;
  const auto first = tokens.add("a", system_random(), kNow);
  const auto second = tokens.add("b", system_random(), kNow);
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  EXPECT_FALSE(tokens.add("a", system_random(), kNow));
  for (const char* name : {"", "a b", "a\n", "\""}) {
    EXPECT_FALSE(tokens.add(name, system_random(), kNow)) << name;
  }
  EXPECT_TRUE(tokens.revoke("a"));
  EXPECT_FALSE(tokens.revoke("a"));
  EXPECT_EQ(tokens.find(*first), nullptr);
  EXPECT_NE(tokens.find(*second), nullptr);
}

TEST(Tokens, AFileThatIsWrongIsRefused) {
  const std::string hash(64, 'a');
  const std::string made = R"("made":"2026-11-20T22:52:12.345Z")";
  const std::string one = R"({"name":"a","sha256":")" + hash + "\"," + made + "}";
  EXPECT_TRUE(Tokens::parse(R"({"tokens":[]})", "file"));
  EXPECT_TRUE(Tokens::parse("{\"tokens\":[" + one + "]}", "file"));
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"),
        "{\"tokens\":[" + one + "," + one + "]}",
        R"({"tokens":[{"name":"a","sha256":"",)" + made + "}]}",
        R"({"tokens":[{"name":"","sha256":")" + hash + "\"," + made + "}]}",
        R"({"tokens":[{"name":"a","sha256":")" + hash + "\"}]}"}) {
    const auto parsed = Tokens::parse(text, "file");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, "relay.tokens");
  }
}

}  // namespace
}  // namespace keystile::feed
