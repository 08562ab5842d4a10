#include "executor/value.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace keystile::executor {
namespace {

std::optional<Decimal> number(const char* text) {
  return *text ? std::optional(Decimal::parse(text).value()) : std::nullopt;
}

struct Row {
  const char *asset, *told, *worth;  // empty: none
  const char *counted, *tier;
};

TEST(Value, IsWhatPeopleReadUnlessItIsWorthMore) {
  policy::Policy policy;
  policy.currency = "USD";
  policy.currency_assets = {"USDT"};
  for (const Row& row : {Row{"BTC", "1000", "900", "1000", "1000"},   //
                         Row{"BTC", "1000", "1050", "1000", "1000"},  // within 5 %
                         Row{"BTC", "1000", "1050.01", "1050.01", "1050.01"},
                         Row{"BTC", "1000", "", "1000", ""},       // no price: the strictest
                         Row{"BTC", "", "900", "900", ""},         // people were told none
                         Row{"BTC", "", "", "", ""},               //
                         Row{"USDT", "1000", "", "1000", "1000"},  // needs none
                         Row{"USDT", "", "", "", ""}}) {
    quorum::Withdrawal facts;
    facts.asset = row.asset;
    if (const auto told = number(row.told)) facts.value = quorum::Worth{*told, "USD"};
    const std::string name = fmt::format("{} {} {}", row.asset, row.told, row.worth);
    EXPECT_EQ(counted_value(policy, facts, number(row.worth)), number(row.counted)) << name;
    EXPECT_EQ(tier_value(policy, facts, number(row.worth)), number(row.tier)) << name;
  }
}

TEST(Value, InAnotherCurrencyIsNone) {
  policy::Policy policy;
  policy.currency = "USD";
  quorum::Withdrawal facts;
  facts.asset = "BTC";
  facts.value = quorum::Worth{Decimal(1000), "EUR"};
  EXPECT_EQ(counted_value(policy, facts, std::nullopt), std::nullopt);
  EXPECT_EQ(tier_value(policy, facts, Decimal(1)), std::nullopt);
}

}  // namespace
}  // namespace keystile::executor
