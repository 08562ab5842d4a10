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

// To so many digits after the point.
cpp_rational rounded(const cpp_rational& exact, int digits, Rounding rounding) {
  const cpp_int scale = pow(cpp_int(10), static_cast<unsigned>(digits));
  const cpp_rational scaled = exact * scale;
  cpp_int whole = numerator(scaled) / denominator(scaled);
  if (rounding == Rounding::kUp && scaled != whole) whole += exact < 0 ? -1 : 1;
  return cpp_rational(whole, scale);
}

// What parse() takes: some of it as wide as can be, some of little but zeros and nines.
Decimal random_number(std::mt19937_64& random) {
  const auto digits = [&](size_t count) {
    const std::string_view from = random() % 3 ? "0123456789" : "0000900009";
    std::string text;
    while (text.size() < count) text += from[random() % from.size()];
    return text;
  };
  const size_t widest = random() % 2 ? 36 : 19;
  const size_t whole = 1 + random() % widest;
  const size_t fraction = random() % (std::min<size_t>(widest - whole, Decimal::kMaxScale) + 1);
  return d((random() % 2 ? "-" : "") + digits(whole) + (fraction > 0 ? "." : "") +
           digits(fraction));
}

const cpp_int kWide("1000000000000000000");  // 36 digits hold all that is below, in scale 18

void expect_value(const Result<Decimal>& got, const cpp_rational& expected) {
  if (got) {
    EXPECT_EQ(rational(*got), expected);
    EXPECT_EQ(Decimal::parse(got->str()), *got);  // within 36 digits, and in the one form
  } else {
    EXPECT_EQ(got.error().code, "decimal.range");
    EXPECT_GE(abs(expected), kWide);
  }
}

void expect_all(const Decimal& a, const Decimal& b) {
  SCOPED_TRACE(a.str() + " and " + b.str());
  const cpp_rational x = rational(a), y = rational(b);
  EXPECT_EQ(a < b, x < y);
  EXPECT_EQ(a == b, x == y);
  EXPECT_EQ(a.is_negative(), x < 0);
  EXPECT_EQ(a.is_positive(), x > 0);
  EXPECT_EQ(rational(a.negated()), -x);
  expect_value(a.plus(b), x + y);
  expect_value(a.minus(b), x - y);
  for (const Rounding rounding : {Rounding::kDown, Rounding::kUp}) {
    expect_value(a.times(b, rounding), rounded(x * y, Decimal::kMaxScale, rounding));
    for (const int digits : {0, 2, 17}) {
      EXPECT_EQ(rational(a.rounded(digits, rounding)), rounded(x, digits, rounding));
    }
    if (b.is_zero()) continue;
    expect_value(a.divided_by(b, rounding), rounded(x / y, Decimal::kMaxScale, rounding));
  }
  if (!b.is_positive()) return;
  const auto floored = a.floored_to(b);
  EXPECT_TRUE(floored || abs(x) >= kWide || y >= kWide);
  if (floored) expect_value(floored, rounded(x / y, 0, Rounding::kDown) * y);
}

TEST(Decimal, AgreesWithExactRationals) {
  std::mt19937_64 random(42);
  for (int i = 0; i < 20000; ++i) {
    const Decimal a = random_number(random);
    const Decimal b = i % 16 == 0 ? a : random_number(random);
    expect_all(a, b);
    ASSERT_FALSE(HasFailure());
  }
}

// What is cut off to 2^128 - 1 in the last digit must not become zero when it is rounded up.
TEST(Decimal, TheWidestQuotientIsNotRoundedUpToZero) {
  const Decimal a = d("1964.163752065145818699"), b = d("173245416306640124.260998709086665987");
  expect_all(a, b);
  EXPECT_EQ(a.times(b, Rounding::kUp).error().code, "decimal.range");
  const Decimal c = d("722215736772130484.160846732383382178"), e = d("0.002122401296626489");
  expect_all(c, e);
  EXPECT_EQ(c.divided_by(e, Rounding::kUp).error().code, "decimal.range");
}

}  // namespace
}  // namespace keystile
