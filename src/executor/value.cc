#include "executor/value.h"

#include <algorithm>

namespace keystile::executor {
namespace {

std::optional<Decimal> told(const policy::Policy& policy, const quorum::Moved& facts) {
  if (!facts.value || facts.value->currency != policy.currency) return std::nullopt;
  return facts.value->amount;
}

// None where that is beyond all numbers: then it is not within.
bool is_within_tolerance(const Decimal& worth, const Decimal& told) {
  static const Decimal kFactor = Decimal::parse("1.05").value();
  const auto most = told.times(kFactor, Rounding::kDown);
  return most && worth <= *most;
}

}  // namespace

bool is_money(const policy::Policy& policy, const quorum::Moved& facts) {
  return std::find(policy.currency_assets.begin(), policy.currency_assets.end(), facts.asset) !=
         policy.currency_assets.end();
}

std::optional<Decimal> counted_value(const policy::Policy& policy, const quorum::Moved& facts,
                                     const std::optional<Decimal>& worth) {
  const auto read = told(policy, facts);
  if (!read || !worth) return read ? read : worth;
  return is_within_tolerance(*worth, *read) ? read : worth;
}

std::optional<Decimal> tier_value(const policy::Policy& policy, const quorum::Moved& facts,
                                  const std::optional<Decimal>& worth) {
  const auto read = told(policy, facts);
  if (is_money(policy, facts)) return read;
  return read && worth ? counted_value(policy, facts, worth) : std::nullopt;
}

}  // namespace keystile::executor
