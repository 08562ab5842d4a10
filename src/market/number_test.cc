#include "market/number.h"

#include <gtest/gtest.h>

#include <vector>

namespace keystile::market {
namespace {

Number number(std::string_view text) {
  Number parsed;
  EXPECT_TRUE(Number::parse(text, &parsed)) << text;
  return parsed;
}

TEST(Number, KeepsWhatWasWritten) {
  for (const char* text :
       {"0", "0.0", "0.10", "58001.03000000", "-0.00000001", "1000000000000",
        "123456789012345678.0123456789", "0.000000000000000000000000000000000001",
        "-9999999999999999999999999999", "18446744073709551616"}) {
    std::string written;
    number(text).append_written(&written);
    EXPECT_EQ(written, text);
  }
}

TEST(Number, ShortestFormHasNoZerosToSpare) {
  EXPECT_EQ(number("58001.03000000").str(), "58001.03");
  EXPECT_EQ(number("16324.00000000").str(), "16324");
  EXPECT_EQ(number("-0.0").str(), "0");
  EXPECT_EQ(number("100").str(), "100");
}

TEST(Number, TakesExponents) {
  EXPECT_EQ(number("1.0e-4").str(), "0.0001");
  EXPECT_EQ(number("5e-7").str(), "0.0000005");
  EXPECT_EQ(number("-1.25E+3").str(), "-1250");
  EXPECT_EQ(number("0e99").str(), "0");
  EXPECT_EQ(number("1e27").str(), "1000000000000000000000000000");
}

TEST(Number, RefusesTheRest) {
  for (const char* text : {"",
                           "-",
                           "+1",
                           ".5",
                           "5.",
                           "01",
                           "-01",
                           "1,5",
                           " 1",
                           "1 ",
                           "0x10",
                           "NaN",
                           "Infinity",
                           "null",
                           "1e",
                           "1e+",
                           "1e5.0",
                           "1e1000",
                           "1e28",
                           "10000000000000000000000000000",
                           "123456789012345678901234567890",
                           "0.0000000000000000000000000000000000001",
                           "1e-37",
                           "--1",
                           "1.2.3",
                           "1_000"}) {
    Number untouched = number("7");
    EXPECT_FALSE(Number::parse(text, &untouched)) << text;
    EXPECT_EQ(untouched, number("7"));
  }
}

TEST(Number, ComparesByValue) {
  const std::vector<Number> ascending = {number("-9999999999999999999999999999"),
                                         number("-1.5"),
                                         number("-1.49"),
                                         number("-0.000000000000000000000000000000000001"),
                                         number("0.00"),
                                         number("1e-36"),
                                         number("0.1"),
                                         number("0.11"),
                                         number("1"),
                                         number("1.000000000000000000000000001"),
                                         number("18446744073709551615.9"),
                                         number("18446744073709551616"),
                                         number("9999999999999999999999999999")};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(ascending[i] <=> ascending[j], i <=> j) << i << " " << j;
    }
  }
  EXPECT_EQ(number("0.10"), number("0.1"));
  EXPECT_EQ(number("-3"), number("-3.000000000000000000000000000"));
}

TEST(Number, BecomesMoney) {
  EXPECT_EQ(*number("-12.50").to_decimal(), *Decimal::parse("-12.5"));
  EXPECT_EQ(number("1e-19").to_decimal().error().code, "decimal.range");
}

}  // namespace
}  // namespace keystile::market
