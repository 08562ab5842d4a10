#include "base/json.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <random>

#include "base/json_writer.h"
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
  EXPECT_EQ(json::quoted("\xc2\xa0\xe2\x80\xa7\xe2\x80\xaa\xf0\x9f\x91\x8d"),
            "\"\xc2\xa0\xe2\x80\xa7\xe2\x80\xaa\xf0\x9f\x91\x8d\"");
}

// Some who read line by line, or show what they read, end a line or obey at these.
TEST(Json, EscapesWhateverEndsALineOrCommandsATerminal) {
  EXPECT_EQ(json::quoted("7 chars\x7f 7 chars\x7f"), R"("7 chars\u007f 7 chars\u007f")");
  EXPECT_EQ(json::quoted("\xc2\x80\xc2\x85\xc2\x9b"), R"("\u0080\u0085\u009b")");
  EXPECT_EQ(json::quoted("a\xe2\x80\xa8{}\xe2\x80\xa9"), R"("a\u2028{}\u2029")");
}

// A ledger entry that cannot be read keeps the gate from starting.
TEST(Json, WhateverIsWrittenCanBeRead) {
  EXPECT_EQ(json::quoted("\xff"
                         "a\xe2\x82"),
            R"("\ufffda\ufffd\ufffd")");
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    constexpr std::string_view kBytes =
        "a\"\\\x01\x1f\x7f\x80\x9f\xa0\xa8\xc2\xc3\xe2\xed\xf0\xf4\xff";
    std::string text;
    for (size_t left = random() % 20; left > 0; --left) text += kBytes[random() % kBytes.size()];
    std::string written;
    json::Writer writer(&written);
    writer.begin_object();
    writer.text("a", text);
    writer.end_object();
    EXPECT_EQ(written, "{\"a\":" + json::quoted(text) + "}");
    const auto read = json::parse(written);
    ASSERT_TRUE(read) << written;
    EXPECT_EQ(read->text("a") == text, is_utf8(text)) << written;
    boost::json::error_code error;
    EXPECT_EQ(boost::json::parse(written, error).at("a").as_string(), read->text("a"));
  }
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

// The oracle is dump(), which the values of other tests hold.
TEST(JsonWriter, WritesWhatDumpWrites) {
  const std::vector<std::string_view> texts{{},
                                            "",
                                            "a",
                                            "12345678",
                                            "1234567\"",
                                            "\"2345678",
                                            "123456789\\",
                                            "1234567890\n3",
                                            "\x01",
                                            "\xc3\xa9 and 16 bytes",
                                            "a text of more than sixteen bytes",
                                            "no end: \x1f"};
  std::string out;
  json::Writer writer(&out);
  json::Object members;
  writer.begin_object();
  const auto add = [&](std::string name, json::Value value) {
    members.push_back({std::move(name), std::move(value)});
  };
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string name = "text" + std::to_string(i);
    writer.text(name, texts[i]);
    add(name, json::Value(texts[i]));
  }
  for (const int64_t number : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
    const std::string name = "number" + std::to_string(number);
    writer.number(name, number);
    add(name, json::Value(number));
  }
  writer.number("most", UINT64_MAX);
  add("most", json::Value(UINT64_MAX));
  const Decimal money = Decimal::parse("-123456789012345678.000000000000000001").value();
  writer.amount("money", money);
  add("money", json::Value(money));
  writer.amount("nothing", Decimal());
  add("nothing", "0");
  writer.flag("flag", false);
  add("flag", false);
  writer.flag_if_set("unset", false);
  writer.text_if_any("none", "");
  writer.hex("hex", std::string_view("\x00\x7f\xff", 3));
  add("hex", "007fff");
  writer.hex("no hex", {});
  add("no hex", "");
  writer.begin_array("items");
  writer.begin_object();
  writer.end_object();
  writer.begin_object();
  writer.number("a", 1);
  writer.end_object();
  writer.end_array();
  add("items", json::array({json::object({}), json::object({{"a", 1}})}));
  writer.begin_object("empty");
  writer.end_object();
  add("empty", json::object({}));
  writer.end_object();
  EXPECT_EQ(out, json::dump(json::Value(std::move(members))));
  EXPECT_NO_THROW((void)boost::json::parse(out));
}

}  // namespace
}  // namespace keystile
