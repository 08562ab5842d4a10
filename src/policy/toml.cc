#include "policy/toml.h"

#define TOML_EXCEPTIONS 0
#define TOML_UNRELEASED_FEATURES 0
#include <toml++/toml.h>

namespace keystile::policy {
namespace {

WallTime utc(const toml::date_time& when) {
  const std::chrono::year_month_day date{std::chrono::year{when.date.year},
                                         std::chrono::month{when.date.month},
                                         std::chrono::day{when.date.day}};
  return WallTime{std::chrono::sys_days{date} + std::chrono::hours{when.time.hour} +
                  std::chrono::minutes{when.time.minute} + std::chrono::seconds{when.time.second} +
                  Millis{when.time.nanosecond / 1'000'000} -
                  std::chrono::minutes{when.offset->minutes}};
}

Node convert(const toml::node& from) {
  Node node;
  node.line = static_cast<int>(from.source().begin.line);
  if (const auto* table = from.as_table()) {
    for (const auto& [key, value] : *table) {
      Node member = convert(value);
      // A table made only by the header of another ("[a.b]") has no place of its own.
      if (member.line == 0) member.line = static_cast<int>(key.source().begin.line);
      node.members.emplace_back(key.str(), std::move(member));
    }
  } else if (const auto* array = from.as_array()) {
    node.kind = Node::Kind::kArray;
    for (const auto& item : *array) node.items.push_back(convert(item));
  } else if (const auto* text = from.as_string()) {
    node.kind = Node::Kind::kString;
    node.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    node.kind = Node::Kind::kInteger;
    node.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    node.kind = Node::Kind::kBoolean;
    node.boolean = boolean->get();
  } else if (const auto* when = from.as_date_time(); when && when->get().offset) {
    node.kind = Node::Kind::kTime;
    node.time = utc(when->get());
  } else {
    node.kind = from.is_floating_point() ? Node::Kind::kFloat : Node::Kind::kOtherTime;
  }
  return node;
}

}  // namespace

tl::expected<Node, TomlError> parse_toml(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (parsed) return convert(parsed.table());
  const toml::parse_error& error = parsed.error();
  return tl::unexpected(
      TomlError{static_cast<int>(error.source().begin.line), std::string(error.description())});
}

}  // namespace keystile::policy
