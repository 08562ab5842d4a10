#include "signer/scrub.h"

#include <gtest/gtest.h>

namespace keystile::signer {
namespace {

std::string scrubbed(std::string body, std::vector<std::string> real, std::string_view with) {
  HttpResponse response{200, {{"X-Id", body}}, body};
  EXPECT_TRUE(scrub(&response, real, with));
  EXPECT_EQ(response.headers.at(0).value, response.body);
  return response.body;
}

TEST(Scrub, FindsTheKeyWhereverItStands) {
  const std::string real = "abcABCabd";
  for (size_t before = 0; before < 40; ++before) {
    for (size_t after = 0; after < 12; ++after) {
      // What surrounds it looks like its beginning, so that a careless skip would pass it.
      const std::string head = std::string(before, 'a') + "abcABCab", tail(after, 'b');
      EXPECT_EQ(scrubbed(head + real + tail, {real}, "V"), head + "V" + tail);
    }
  }
}

TEST(Scrub, LettersMayBeLargeOrSmall) {
  EXPECT_EQ(scrubbed("[KEY-1,key-1,kEy-1,key-2]", {"Key-1"}, "me"), "[me,me,me,key-2]");
}

TEST(Scrub, SeveralKeysOfAnyLength) {
  const std::string large(300, 'k');
  EXPECT_EQ(scrubbed("x" + large + "yz", {"", "y", large}, "V"), "xVVz");
  EXPECT_EQ(scrubbed("", {"y"}, "V"), "");
  EXPECT_EQ(scrubbed("short", {large}, "V"), "short");
  EXPECT_EQ(scrubbed("yyy", {"y"}, "yy"), "yyyyyy");  // what was put in is not searched again
}

TEST(Scrub, RefusesWhatItCannotRead) {
  HttpResponse response{200, {{"Content-Encoding", "gzip"}}, "?"};
  EXPECT_FALSE(scrub(&response, {}, "V"));
}

}  // namespace
}  // namespace keystile::signer
