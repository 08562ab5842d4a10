#include "exchanges/binance/param_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace keystile::exchanges::binance {

tl::unexpected<Error> bad_value(std::string_view name, std::string_view why) {
  return fail("parameter.value", fmt::format("parameter '{}' {}", name, why));
}

Result<std::optional<std::string_view>> take_checked(ParamReader& params, const ParamRule& rule) {
  if (rule.need == Need::kRequired) {
    KS_TRY(const std::string_view value, params.require(rule.name));
    return std::optional<std::string_view>(value);
  }
  return params.take(rule.name);
}

Result<std::optional<std::string_view>> take_choice(ParamReader& params, const ParamRule& rule) {
  KS_TRY(auto value, take_checked(params, rule));
  if (value && !rule.values.empty() &&
      std::find(rule.values.begin(), rule.values.end(), *value) == rule.values.end()) {
    return bad_value(rule.name, "has a value that is not known");
  }
  return value;
}

Result<std::optional<Decimal>> take_positive(ParamReader& params, const ParamRule& rule) {
  if (rule.need == Need::kRequired) {
    KS_CHECK(params.require(rule.name));
  }
  KS_TRY(auto value, params.take_decimal(rule.name));
  if (value && !value->is_positive()) return bad_value(rule.name, "must be above zero");
  return value;
}

Status take_number(ParamReader& params, const ParamRule& rule) {
  if (rule.need == Need::kRequired) {
    KS_CHECK(params.require(rule.name));
  }
  KS_TRY(const auto value, params.take_decimal(rule.name));
  if (value && value->is_negative()) return bad_value(rule.name, "must not be below zero");
  return {};
}

Result<bool> take_flag(ParamReader& params, const ParamRule& rule) {
  if (rule.need == Need::kRequired) {
    KS_CHECK(params.require(rule.name));
  }
  KS_TRY(const auto value, params.take(rule.name));
  if (!value || value->empty() || equals_ignore_case(*value, "false")) return false;
  if (equals_ignore_case(*value, "true")) return true;
  return bad_value(rule.name, "must be true or false");
}

}  // namespace keystile::exchanges::binance
