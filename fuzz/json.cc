// JSON: what is read and written again says the same, has one member of each name, and is JSON for
// Boost, too.
#include "base/json.h"

#include <boost/json/parse.hpp>
#include <set>

#include "base/utf8.h"
#include "fuzz/check.h"

using namespace keystile;

namespace {

constexpr json::Limits kLimits{.bytes = 1 << 16, .depth = 16};

int checked_depth(const json::Value& value) {
  int below = 0;
  if (const json::Array* items = value.if_array()) {
    for (const json::Value& item : *items) below = std::max(below, checked_depth(item));
    return below + 1;
  }
  if (const json::Object* members = value.if_object()) {
    std::set<std::string> names;
    for (const json::Member& member : *members) {
      KS_HOLDS(names.insert(member.name).second);
      KS_HOLDS(value.find(member.name) == &member.value);
      below = std::max(below, checked_depth(member.value));
    }
    return below + 1;
  }
  if (const auto number = value.as_int64()) {
    std::string_view digits = value.text();
    const bool negative = digits.starts_with('-');
    if (negative) digits.remove_prefix(1);
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    KS_HOLDS(std::to_string(*number) ==
             (negative && digits != "0" ? "-" : "") + std::string(digits));
  }
  return 0;
}

// Written apart from ours. It keeps the last of repeated members, and refuses exponents that its
// numbers cannot have.
void check_against_boost(std::string_view input, const Result<json::Value>& value) {
  boost::json::parse_options options;
  options.max_depth = kLimits.depth;
  boost::json::error_code error;
  boost::json::parse({input.data(), input.size()}, error, {}, options);
  if (!value && value.error().code != "json.syntax") return;
  KS_HOLDS(value.has_value() == !error || error == boost::json::error::exponent_overflow);
}

}  // namespace

KS_FUZZ_TARGET(input) {
  const auto value = json::parse(input, kLimits);
  check_against_boost(input, value);
  // Any bytes may be quoted; what is UTF-8 is read back as it was.
  const auto quoted = json::parse(json::quoted(input), {.bytes = 1 << 20, .depth = 4});
  KS_HOLDS(quoted && quoted->if_string());
  KS_HOLDS((*quoted->if_string() == input) == is_utf8(input));
  if (!value) return;
  KS_HOLDS(checked_depth(*value) <= kLimits.depth);
  const std::string text = json::dump(*value);
  const auto again = json::parse(text, kLimits);
  KS_HOLDS(again);
  KS_HOLDS(json::dump(*again) == text);
  const auto pretty = json::parse(json::dump_pretty(*value), {.bytes = 1 << 22, .depth = 16});
  KS_HOLDS(pretty);
  KS_HOLDS(json::dump(*pretty) == text);
}
