#include "base/json.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <random>

#include "base/utf8.h"

namespace keystile {
namespace {

TEST(Json, KeepsNumbersAsWritten) {
  const auto value = json::parse(R"( {"a": 0.10, "b":[1e-5, -0, null,true,"x\n"]} )");
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(json::dump(*value), R"({"a":0.10,"b":[1e-5,-0,null,true,"x\n"]})");
}

TEST(Json, RefusesWhatCouldBeReadTwoWays) {
  EXPECT_EQ(json::parse(R"({"a":1,"a":2})").error().code, "json.repeated");
  EXPECT_EQ(json::parse(R"({"a":1,"\u0061":2})").error().code, "json.repeated");
  for (const char* text : {"", "{", "[1,]", "{\"a\":01}", "1.", "[1] 2", "nul", "{\"a\":+1}", "NaN",
                           "\"\xff\"", "{'a':1}", "[1 2]", "{\"a\":1,}", "tru", "[truex]", "--1"}) {
    const auto value = json::parse(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, "json.syntax") << text;
  }
  EXPECT_EQ(json::parse(std::string(100, '[')).error().code, "json.limit");
}

TEST(Json, Scalars) {
  EXPECT_EQ(json::parse("12").value().text(), "12");
  EXPECT_EQ(json::parse("\"x\"").value().text(), "x");
  EXPECT_TRUE(json::parse("null").value().is_null());
  EXPECT_EQ(*json::parse("false").value().if_bool(), false);
}

TEST(Json, EscapesOnlyWhatItMust) {
  EXPECT_EQ(json::quoted("plain"), "\"plain\"");
  EXPECT_EQ(json::quoted("\"a\\b\n\x01/\xc3\xa9\""), "\"\\\"a\\\\b\\n\\u0001/\xc3\xa9\\\"\"");
  EXPECT_EQ(json::quoted(""), "\"\"");
}

// Boost.JSON, which was written apart, says what is JSON.
void expect_as_boost(const std::string& text) {
  boost::json::error_code error;
  const boost::json::value theirs = boost::json::parse(text, error);
  if (error == boost::json::error::exponent_overflow) return;  // ours keeps it as it is written
  const auto ours = json::parse(text);
  if (!ours && ours.error().code == "json.repeated") return;  // Boost takes the last one
  ASSERT_EQ(ours.has_value(), !error) << text << '\n' << (ours ? "" : ours.error().message);
  if (ours) {
    EXPECT_EQ(boost::json::parse(json::dump(*ours)), theirs) << text;
  }
}

TEST(Json, AgreesWithBoostOnPiecesInAnyOrder) {
  constexpr std::array kPieces{"{",
                               "}",
                               "[",
                               "]",
                               ",",
                               ":",
                               " ",
                               "\n",
                               "\"a\"",
                               "\"b\"",
                               "\"",
                               "\\",
                               "\"\\u0041\"",
                               "\"\\ud83d\\ude00\"",
                               "\"\\ud800\"",
                               "\"\\udc00\"",
                               "\"\\ud800\\u0041\"",
                               "\"\\u00e9\\b\\/\"",
                               "\"\\x\"",
                               "\"\\u12\"",
                               "\"\xc3\xa9\"",
                               "\"\xff\"",
                               "\"\xe2\x82\"",
                               "\"\xed\xa0\x80\"",
                               "\"\t\"",
                               "\"\x7f\"",
                               "1",
                               "0",
                               "-",
                               "-0",
                               "01",
                               "1.5",
                               ".5",
                               "1.",
                               "1e5",
                               "1E+05",
                               "1e",
                               "12345678901234567890123",
                               "true",
                               "false",
                               "null",
                               "tru",
                               "\"a\":",
                               "\"b\":1",
                               "[]",
                               "{}",
                               "\xef\xbb\xbf",
                               "/**/"};
  std::mt19937 random(7);
  const auto below = [&](size_t n) {
    return std::uniform_int_distribution<size_t>(0, n - 1)(random);
  };
  for (int round = 0; round < 100'000; ++round) {
    std::string text;
    for (size_t left = 1 + below(9); left > 0; --left) text += kPieces[below(kPieces.size())];
    expect_as_boost(text);
    expect_as_boost("[" + text + "]");
    expect_as_boost("{\"k\":" + text + "}");
    if (HasFailure()) return;
  }
}

TEST(Json, AgreesWithBoostOnEveryDamagedByte) {
  const std::string whole =
      R"({"orderId": 28, "price":"0.10","fills":[{"qty":-1.5e-7,"at":[]},{}], "\u00e9\"":[true,null]})";
  expect_as_boost(whole);
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = whole;
      text[at] = static_cast<char>(byte);
      expect_as_boost(text);
    }
    expect_as_boost(whole.substr(0, at));
    if (HasFailure()) return;
  }
}

TEST(Json, IsAsDeepAsAllowed) {
  const auto nested = [](size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(json::parse(nested(32)));
  EXPECT_EQ(json::parse(nested(33)).error().code, "json.limit");
  EXPECT_TRUE(json::parse("[" + nested(31) + "," + nested(31) + "]"));
  EXPECT_EQ(json::parse("12", {.bytes = 1}).error().code, "json.limit");
}

// A stranger's text of a megabyte must not take a thousand.
TEST(Json, TakesNoMoreRoomThanTheTextIsWorth) {
  const auto list = json::parse(R"([{},{"a":{}}])");
  ASSERT_TRUE(list && list->if_array());
  const json::Object& empty = *list->if_array()->at(0).if_object();
  const json::Object& one = *list->if_array()->at(1).if_object();
  EXPECT_EQ(empty.capacity(), 0u);
  EXPECT_EQ(one.capacity(), 1u);
  EXPECT_EQ(one.at(0).value.if_object()->capacity(), 0u);
}

TEST(Utf8, IsToldFromOtherBytes) {
  for (const char* good :
       {"", "a", "\xd0\xbe", "\xe2\x82\xac", "\xf0\x9f\x91\x8d", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad : {"\xff", "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xbf\xbf",
                          "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

}  // namespace
}  // namespace keystile
