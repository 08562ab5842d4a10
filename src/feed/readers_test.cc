#include "feed/readers.h"

#include <gtest/gtest.h>

namespace keystile::feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

MonoTime at(milliseconds time) { return MonoTime(time); }

TEST(RequestWindow, TheThousandAndFirstWaits) {
  RequestWindow window(1000);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(window.admit(at(milliseconds(i))), seconds(0));
  EXPECT_EQ(window.left(at(milliseconds(1000))), 0u);
  EXPECT_EQ(window.admit(at(milliseconds(1000))), seconds(59));
  EXPECT_EQ(window.admit(at(milliseconds(59'999))), seconds(1));
  // The first is a minute old, the second is not.
  EXPECT_EQ(window.left(at(milliseconds(60'000))), 1u);
  EXPECT_EQ(window.admit(at(milliseconds(60'000))), seconds(0));
  EXPECT_EQ(window.admit(at(milliseconds(60'000))), seconds(1));
}

TEST(RequestWindow, NeverMoreThanItsLimitInAnyMinute) {
  RequestWindow window(3);
  std::vector<milliseconds> admitted;
  for (milliseconds now(0); now < seconds(600); now += milliseconds(7919)) {
    if (window.admit(at(now)) == seconds(0)) admitted.push_back(now);
  }
  ASSERT_GT(admitted.size(), 20u);
  for (size_t i = 3; i < admitted.size(); ++i) {
    EXPECT_GE(admitted[i] - admitted[i - 3], RequestWindow::kSpan);
  }
}

TEST(Readers, EachTokenHasItsOwnCount) {
  Tokens tokens;
  const std::string a = *tokens.add("a", system_random(), {});
  const std::string b = *tokens.add("b", system_random(), {});
  Readers readers(1);
  EXPECT_EQ(readers.admit(a, {}).name, nullptr);
  readers.set(tokens);
  const Admission first = readers.admit(a, {});
  ASSERT_NE(first.name, nullptr);
  EXPECT_EQ(*first.name, "a");
  EXPECT_EQ(first.wait, seconds(0));
  EXPECT_EQ(readers.admit(a, {}).wait, seconds(60));
  EXPECT_EQ(readers.admit(b, {}).wait, seconds(0));
  EXPECT_EQ(readers.all().at("a").requests, 1u);
  EXPECT_EQ(readers.admit("nobody's", {}).name, nullptr);

  // Another file of tokens: whoever is still in it keeps the count, whoever is not is out.
  const std::string hash = readers.all().at("b").hash;
  ASSERT_TRUE(tokens.revoke("b"));
  readers.set(tokens);
  EXPECT_EQ(readers.admit(b, {}).name, nullptr);
  EXPECT_FALSE(readers.holds("b", hash));
  EXPECT_EQ(readers.admit(a, {}).wait, seconds(60));
  // A new token of an old name begins anew.
  ASSERT_TRUE(tokens.revoke("a"));
  const std::string other = *tokens.add("a", system_random(), {});
  readers.set(tokens);
  EXPECT_EQ(readers.admit(a, {}).name, nullptr);
  EXPECT_EQ(readers.admit(other, {}).wait, seconds(0));
}

TEST(Readers, WhatARequestTakesIsChargedAsFarAsThereIsRoom) {
  Tokens tokens;
  const std::string a = *tokens.add("a", system_random(), {});
  Readers readers(10);
  readers.set(tokens);
  const std::string hash = readers.all().at("a").hash;
  readers.charge("a", hash, 7, {});
  EXPECT_EQ(readers.all().at("a").window.left({}), 3u);
  readers.charge("a", "another's", 1, {});
  readers.charge("b", hash, 1, {});
  EXPECT_EQ(readers.all().at("a").window.left({}), 3u);
  readers.charge("a", hash, 1000, {});
  EXPECT_EQ(readers.admit(a, {}).wait, seconds(60));
  EXPECT_EQ(readers.admit(a, at(seconds(60))).wait, seconds(0));
}

}  // namespace
}  // namespace keystile::feed
