#include "market/scanner.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <simdjson.h>

#include <string>

namespace keystile::market {
namespace {

bool is_skipped(const std::string& text) {
  Scanner in(text);
  return in.skip() == Fault::kNone && in.is_at_end();
}

TEST(Scanner, SkipsWhatIsJsonAndNothingElse) {
  for (const char* good :
       {"0", "-0", "1.5e+300", " [ ] ", "{}", R"({"a":[1,{"b":null}],"":"\u00e9\n"})", "\"\"",
        "true", "\t\n\r [true,false , null]"}) {
    EXPECT_TRUE(is_skipped(good)) << good;
  }
  for (const char* bad :
       {"",        " ",           "01",        "-",           "+1",       ".5",
        "1.",      "1e",          "nul",       "truefalse",   "[1,]",     "[,1]",
        "{,}",     R"({"a"})",    R"({"a":})", R"({"a":1,})", R"({a:1})", "[1 2]",
        "[",       "]",           "{",         "\"",          "\"a",      "\"\\",
        "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"",  "1 1",         "'a'",      "NaN"}) {
    EXPECT_FALSE(is_skipped(bad)) << bad;
  }
  EXPECT_FALSE(is_skipped(std::string("[1]\0", 4)));
  EXPECT_FALSE(is_skipped(std::string("\"a\0b\"", 5)));
  EXPECT_TRUE(is_skipped(std::string(kMaxDepth, '[') + std::string(kMaxDepth, ']')));
  EXPECT_FALSE(is_skipped(std::string(kMaxDepth + 1, '[') + std::string(kMaxDepth + 1, ']')));
}

TEST(Scanner, ReplacesEscapes) {
  const std::string text = R"("a\"\\\u0041\ud83d\ude00","plain")";
  Scanner in(text);
  std::string_view first, second;
  EXPECT_EQ(in.take_text(&first), Fault::kNone);
  EXPECT_TRUE(in.take(','));
  EXPECT_EQ(in.take_text(&second), Fault::kNone);
  EXPECT_EQ(first, "a\"\\A\xf0\x9f\x98\x80");
  EXPECT_EQ(second, "plain");
  const std::string half = R"("\ud83d")";
  EXPECT_EQ(Scanner(half).take_text(&first), Fault::kSyntax);
}

TEST(Scanner, TakesNumbersAsTheyAreWritten) {
  Number number;
  const std::string quoted = R"("1.50")", plain = "1.50,", loose = R"("1.50 ")";
  EXPECT_EQ(Scanner(quoted).take_number(Notation::kQuoted, &number), Fault::kNone);
  EXPECT_EQ(number.str(), "1.5");
  EXPECT_EQ(Scanner(plain).take_number(Notation::kPlain, &number), Fault::kNone);
  EXPECT_EQ(Scanner(quoted).take_number(Notation::kPlain, &number), Fault::kType);
  EXPECT_EQ(Scanner(plain).take_number(Notation::kQuoted, &number), Fault::kType);
  EXPECT_EQ(Scanner(loose).take_number(Notation::kQuoted, &number), Fault::kNumber);
}

TEST(Scanner, TakesWholeNumbersWithNothingBetween) {
  const auto fault_of = [](const std::string& text, Notation form) {
    int64_t number = 0;
    return Scanner(text).take_whole(form, &number);
  };
  EXPECT_EQ(fault_of(" -5,", Notation::kPlain), Fault::kNone);
  EXPECT_EQ(fault_of("\"-5\"", Notation::kQuoted), Fault::kNone);
  for (const char* plain : {"- 5", "+5", "05", "5.0", "5e3", "-", "", "1234567890123456789"}) {
    EXPECT_EQ(fault_of(plain, Notation::kPlain), Fault::kNumber) << plain;
    EXPECT_EQ(fault_of("\"" + std::string(plain) + "\"", Notation::kQuoted), Fault::kNumber)
        << plain;
  }
  for (const char* quoted : {"\" 5\"", "\"5 \"", "\"5", "\"\n5\"", "\"5\\u0030\""}) {
    EXPECT_EQ(fault_of(quoted, Notation::kQuoted), Fault::kNumber) << quoted;
  }
}

// An independent parser takes the same texts. It also reads the numbers, and has no place for some.
void agrees_with_another_parser(const std::string& text) {
  static simdjson::dom::parser parser;
  const auto error = parser.parse(text).error();
  if (error == simdjson::NUMBER_ERROR) return;
  RC_ASSERT(is_skipped(text) == (error == simdjson::SUCCESS));
}

TEST(Scanner, AgreesWithAnotherParser) {
  const std::string seed =
      R"({"e":"depthUpdate","E":1700000000000,"b":[["0.10","-3e5"],[1.5,null]],"x":{"t":true,"f":false},"s":"a\u0041\"b"})";
  EXPECT_TRUE(rc::check("texts with some bytes changed", [&] {
    std::string text = seed;
    const int changes = *rc::gen::inRange(0, 4);
    for (int i = 0; i < changes && !text.empty(); ++i) {
      const auto at = *rc::gen::inRange<size_t>(0, text.size());
      const char with = *rc::gen::elementOf(std::string("{}[]\",:0123456789eE.-+tfn\\ua \n"));
      const int how = *rc::gen::inRange(0, 3);
      if (how == 0) text[at] = with;
      if (how == 1) text.insert(at, 1, with);
      if (how == 2) text.erase(at, 1);
    }
    agrees_with_another_parser(text);
  }));
  EXPECT_TRUE(rc::check("texts of JSON's own bytes", [] {
    agrees_with_another_parser(
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("{}[]\",:01e.-n"))));
  }));
}

}  // namespace
}  // namespace keystile::market
