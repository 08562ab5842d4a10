#include "quorum/plain_text.h"

#include <gtest/gtest.h>
// (rapidcheck wants gtest first)
#include <rapidcheck/gtest.h>

namespace keystile::quorum {
namespace {

TEST(PlainText, LeavesPrintableAsciiAlone) {
  for (const char* text :
       {"", "a", "binance-main", "a b c", "x(y)", "~!\"#$%&'*+,-./:;<=>?@[]^_`{|}"}) {
    EXPECT_EQ(plain_text(text), text);
  }
}

TEST(PlainText, HidesNothing) {
  const std::pair<std::string, std::string> cases[] = {
      {"c\xd0\xbeld", "c\\u{43e}ld"},       // Cyrillic o
      {"\xef\xbd\x83old", "\\u{ff43}old"},  // full-width c
      {"a\xe2\x80\xae"
       "b",
       "a\\u{202e}b"},  // right to left from here
      {"a\xe2\x80\x8b"
       "b",
       "a\\u{200b}b"},  // no width
      {"\xf0\x9f\x91\x8d", "\\u{1f44d}"},
      {"a\nb", "a\\u{a}b"},
      {"a\rb", "a\\u{d}b"},
      {"a\tb", "a\\u{9}b"},
      {std::string("a\0b", 3), "a\\u{0}b"},
      {"a\x7f", "a\\u{7f}"},
      {"\x1b[2K", "\\u{1b}[2K"},  // a terminal would erase the line
      {" a", "\\u{20}a"},
      {"a ", "a\\u{20}"},
      {"a  b", "a \\u{20}b"},
      {" ", "\\u{20}"},
      {"\xc2\xa0", "\\u{a0}"},  // no-break space
      {"\\", "\\\\"},
      {"\\u{430}", "\\\\u{430}"},
      {"(none)", "\\u{28}none)"},
      {"\xff", "\\x{ff}"},
      {"\xc0\x80", "\\x{c0}\\x{80}"},             // overlong
      {"\xed\xa0\x80", "\\x{ed}\\x{a0}\\x{80}"},  // a surrogate
      {"\xf4\x90\x80\x80", "\\x{f4}\\x{90}\\x{80}\\x{80}"},
      {"\xe2\x82", "\\x{e2}\\x{82}"},
  };
  for (const auto& [text, plain] : cases) EXPECT_EQ(plain_text(text), plain);
}

// Reads plain_text() back; it is unambiguous if that is possible.
std::string read_back(const std::string& plain) {
  std::string out;
  for (size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] != '\\') {
      out += plain[i];
    } else if (plain[++i] == '\\') {
      out += '\\';
    } else {
      const size_t end = plain.find('}', i);
      const auto code =
          static_cast<uint32_t>(std::stoul(plain.substr(i + 2, end - i - 2), nullptr, 16));
      if (plain[i] == 'x' || code < 0x80) {
        out += static_cast<char>(code);
      } else if (code < 0x800) {
        out += {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
      } else if (code < 0x10000) {
        out += {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 63)),
                static_cast<char>(0x80 | (code & 63))};
      } else {
        out += {static_cast<char>(0xf0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 63)),
                static_cast<char>(0x80 | (code >> 6 & 63)), static_cast<char>(0x80 | (code & 63))};
      }
      i = end;
    }
  }
  return out;
}

RC_GTEST_PROP(PlainTextProperty, NoTwoTextsGiveTheSameLine, ()) {
  const std::string alphabet("a (\\u{}x28\n\x7f\xd0\xbe\xe2\x82\xac\xf0\x9f\x91\x8d\xff\x00", 24);
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(alphabet));
  const std::string plain = plain_text(text);
  RC_ASSERT(read_back(plain) == text);
  for (const char c : plain) RC_ASSERT(c >= ' ' && c <= '~');
}

}  // namespace
}  // namespace keystile::quorum
