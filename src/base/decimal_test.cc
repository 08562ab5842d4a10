#include "base/decimal.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

namespace keystile {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

Decimal d(std::string_view text) { return Decimal::parse(text).value(); }

TEST(Decimal, ParsesOneSpellingOnly) {
  EXPECT_EQ(d("0.10").str(), "0.1");
  EXPECT_EQ(d("-2.50").str(), "-2.5");
  EXPECT_EQ(d("007").str(), "7");
  EXPECT_EQ(d("-0").str(), "0");
  EXPECT_EQ(d("123456789012345678.123456789012345678").str(),
            "123456789012345678.123456789012345678");
  for (const char* text : {"", ".", "1.", ".1", "+1", "1e5", "1E5", " 1", "1 ", "1,0", "0x1", "--1",
                           "1.2.3", "NaN", "inf", "１"}) {
    EXPECT_EQ(Decimal::parse(text).error().code, "decimal.syntax") << text;
  }
  EXPECT_EQ(Decimal::parse("0.0000000000000000001").error().code, "decimal.range");
  EXPECT_EQ(Decimal::parse(std::string(37, '9')).error().code, "decimal.range");
}

TEST(Decimal, CountsDigitsAsWritten) {
  EXPECT_EQ(d("0" + std::string(40, '0') + "7").str(), "7");
  EXPECT_EQ(d("1." + std::string(35, '0')).str(), "1");
  EXPECT_EQ(Decimal::parse("1." + std::string(36, '0')).error().code, "decimal.range");
  EXPECT_EQ(d("0." + std::string(256, '0')).str(), "0");
  EXPECT_EQ(Decimal::parse("0." + std::string(257, '0')).error().code, "decimal.range");
}

TEST(Decimal, WritesTheShortestForm) {
  for (const std::string text :
       {"0", "7", "-7", "0.07", "-0.07", "120", "18446744073709551616.5",
        "999999999999999999999999999999999999", "-999999999999999999.999999999999999999",
        "0.000000000000000001"}) {
    EXPECT_EQ(d(text).str(), text);
    if (text.find('.') != text.npos || text.size() > 30) continue;
    EXPECT_EQ(d(text + ".00").str(), text);
  }
  EXPECT_EQ(d("-0.0").str(), "0");
}

TEST(Decimal, RoundsAsTold) {
  EXPECT_EQ(d("1").divided_by(d("3"), Rounding::kDown)->str(), "0.333333333333333333");
  EXPECT_EQ(d("1").divided_by(d("3"), Rounding::kUp)->str(), "0.333333333333333334");
  EXPECT_EQ(d("-1").divided_by(d("3"), Rounding::kUp)->str(), "-0.333333333333333334");
  EXPECT_EQ(d("1").divided_by(d("0"), Rounding::kUp).error().code, "decimal.zero");
  EXPECT_EQ(d("1.2345").rounded(2, Rounding::kDown).str(), "1.23");
  EXPECT_EQ(d("1.2345").rounded(2, Rounding::kUp).str(), "1.24");
  EXPECT_EQ(d("1.2345").floored_to(d("0.05"))->str(), "1.2");
}

TEST(Decimal, RefusesOverflow) {
  const Decimal big = d(std::string(36, '9'));
  EXPECT_EQ(big.plus(d("1")).error().code, "decimal.range");
  EXPECT_EQ(big.times(big, Rounding::kUp).error().code, "decimal.range");
  EXPECT_EQ(big.plus(d("0.1")).error().code, "decimal.range");
}

// An oracle that no one here wrote: Boost's exact rationals.
cpp_rational rational(const Decimal& value) {
  std::string text = value.str();
  const size_t point = text.find('.');
  cpp_int scale = 1;
  if (point != text.npos) {
    for (size_t i = point + 1; i < text.size(); ++i) scale *= 10;
    text.erase(point, 1);
  }
  const bool negative = text[0] == '-';
  if (negative) text.erase(0, 1);
  text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
  return cpp_rational(negative ? -cpp_int(text) : cpp_int(text), scale);
}

TEST(Decimal, AgreesWithExactRationals) {
  std::mt19937_64 random(42);
  const auto number = [&] {
    std::string text = random() % 2 ? "-" : "";
    text += std::to_string(random() % (uint64_t(1) << (random() % 60)));
    if (const size_t digits = random() % 19) {
      text += '.';
      for (size_t i = 0; i < digits; ++i) text += static_cast<char>('0' + random() % 10);
    }
    return text;
  };
  const cpp_rational ulp(1, cpp_int("1000000000000000000"));
  for (int i = 0; i < 20000; ++i) {
    const std::string x = number(), y = number();
    const auto a = Decimal::parse(x), b = Decimal::parse(y);
    if (!a || !b) continue;
    EXPECT_EQ((*a <=> *b) < 0, rational(*a) < rational(*b)) << x << " " << y;
    if (const auto sum = a->plus(*b)) {
      EXPECT_EQ(rational(*sum), rational(*a) + rational(*b)) << x << " " << y;
    }
    for (const Rounding rounding : {Rounding::kDown, Rounding::kUp}) {
      if (const auto product = a->times(*b, rounding)) {
        const cpp_rational exact = rational(*a) * rational(*b), got = rational(*product);
        EXPECT_LT(abs(exact - got), ulp) << x << " " << y;
        EXPECT_TRUE(rounding == Rounding::kDown ? abs(got) <= abs(exact) : abs(got) >= abs(exact));
      }
      if (b->is_zero()) continue;
      if (const auto quotient = a->divided_by(*b, rounding)) {
        const cpp_rational exact = rational(*a) / rational(*b), got = rational(*quotient);
        EXPECT_LT(abs(exact - got), ulp) << x << " " << y;
        EXPECT_TRUE(rounding == Rounding::kDown ? abs(got) <= abs(exact) : abs(got) >= abs(exact));
      }
    }
  }
}

}  // namespace
}  // namespace keystile
