#include "signer/scrub.h"

#include <gtest/gtest.h>

#include <memory>
#include <new>

namespace keystile::signer {
namespace {

std::vector<Finder> finders(const std::vector<std::string>& real) {
  return {real.begin(), real.end()};
}

std::string scrubbed(std::string body, std::vector<std::string> real, std::string_view with) {
  HttpResponse response{200, {{"X-Id", body}}, body};
  EXPECT_TRUE(scrub(&response, {finders(real), with, nullptr}));
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

TEST(Scrub, ThePassphraseToo) {
  HttpResponse response{200, {{"X-Echo", "pass-Phrase1"}}, "[pass-Phrase1]"};
  const auto passphrase = SecretBytes::copy_of("pass-Phrase1");
  EXPECT_TRUE(scrub(&response, {{}, "V", &*passphrase}));
  EXPECT_EQ(response.headers.at(0).value, "***");
  EXPECT_EQ(response.body, "[***]");
}

TEST(Scrub, AHeaderNamedByTheKeyGoes) {
  const std::vector<Finder> real = finders({"Key-1"});
  HttpResponse response{200, {{"X-key-1", "x"}, {"X-Key-2", "y"}}, ""};
  EXPECT_TRUE(scrub(&response, {real, "V", nullptr}));
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.headers[0].name, "X-Key-2");
}

TEST(Scrub, RefusesWhatItCannotRead) {
  const std::vector<Finder> real = finders({"Key-1"});
  const auto clean = [&](std::string header, std::string body, Headers more = {}) {
    HttpResponse response{200, {{"X-Echo", header}}, body};
    response.headers.insert(response.headers.end(), more.begin(), more.end());
    const auto done = scrub(&response, {real, "V", nullptr});
    return done ? std::string("clean") : done.error().code;
  };
  EXPECT_EQ(clean("", "?", {{"Content-Encoding", "gzip"}}), "answer.encoded");
  EXPECT_EQ(clean("", "?", {{"Content-Encoding", "identity"}, {"content-encoding", "br"}}),
            "answer.encoded");
  EXPECT_EQ(clean("", "?", {{"Content-Encoding", "identity"}}), "clean");
  EXPECT_EQ(clean("", "a Key%2d1"), "answer.tells_key");
  EXPECT_EQ(clean("", "%4b%65%79%2D%31"), "answer.tells_key");
  EXPECT_EQ(clean("", "{\"a\": \"Ke\\u0079-1\"}"), "answer.tells_key");
  EXPECT_EQ(clean("", R"({"echo": "{\"a\": \"Ke\\u0079-1\"}"})"), "answer.tells_key");
  EXPECT_EQ(clean("", "%254bey-1"), "answer.tells_key");
  EXPECT_EQ(clean("Key%2D1", ""), "answer.tells_key");
  EXPECT_EQ(clean("50%", "100% of \\u00, \\u004, %4, %zz, %"), "clean");
}

TEST(Scrub, JsonMaySpellAMarkInTwoWays) {
  const auto passphrase = SecretBytes::copy_of(R"(a/"b\c)");
  HttpResponse response{200, {}, R"({"echo": "a\/\"b\\c"})"};
  EXPECT_EQ(scrub(&response, {{}, "V", &*passphrase}).error().code, "answer.tells_key");
  response.body = R"({"echo": "a\/", "b": "\\c"})";
  EXPECT_TRUE(scrub(&response, {{}, "V", &*passphrase}));
}

// A passphrase is searched for too.
TEST(Finder, LeavesNothingOfWhatItSearchedFor) {
  alignas(Finder) std::array<char, sizeof(Finder)> place;
  std::destroy_at(new (place.data()) Finder("pass-Phrase1"));
  EXPECT_EQ(std::string_view(place.data(), place.size()).find("pass"), std::string_view::npos);
}

}  // namespace
}  // namespace keystile::signer
