#include "policy/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/names.h"
#include "policy/span.h"

namespace keystile::policy {
namespace {

const Node* find(const Node& table, std::string_view field) {
  for (const auto& [name, value] : table.members) {
    if (name == field) return &value;
  }
  return nullptr;
}

}  // namespace

void Report::error(const Place& place, std::string rule, std::string message) {
  findings_.push_back(
      {Finding::Level::kError, std::move(rule), place.file, place.line, std::move(message)});
}

void Report::warn(const Place& place, std::string rule, std::string message) {
  findings_.push_back(
      {Finding::Level::kWarning, std::move(rule), place.file, place.line, std::move(message)});
}

bool Report::has_errors() const {
  return std::any_of(findings_.begin(), findings_.end(),
                     [](const Finding& f) { return f.level == Finding::Level::kError; });
}

std::vector<Finding> Report::errors_first() && {
  std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.level, a.file, a.line) < std::tie(b.level, b.file, b.line);
  });
  return std::move(findings_);
}

Table::Table(const Node& node, std::string file, Report* report)
    : node_(node), file_(std::move(file)), report_(report) {}

Place Table::place(std::string_view field) const {
  const Node* node = find(node_, field);
  return node ? Place{file_, node->line} : place();
}

const Node* Table::take(std::string_view field, Node::Kind kind, std::string_view wanted) {
  const Node* node = find(node_, field);
  if (!node) return nullptr;
  taken_.emplace(field);
  if (node->kind == kind) return node;
  report_->error({file_, node->line}, "field.type", fmt::format("{} must be {}", field, wanted));
  return nullptr;
}

std::optional<std::string> Table::text(std::string_view field) {
  const Node* node = take(field, Node::Kind::kString, "a string in quotes");
  return node ? std::optional(node->text) : std::nullopt;
}

std::optional<bool> Table::flag(std::string_view field) {
  const Node* node = take(field, Node::Kind::kBoolean, "true or false");
  return node ? std::optional(node->boolean) : std::nullopt;
}

std::optional<uint32_t> Table::count(std::string_view field, uint32_t least) {
  const Node* node = take(field, Node::Kind::kInteger, "a whole number without quotes");
  if (!node) return std::nullopt;
  constexpr uint32_t kMost = 1'000'000;
  const bool fits = node->integer >= least && node->integer <= kMost;
  if (fits) return static_cast<uint32_t>(node->integer);
  bad_value(field, "must be from " + std::to_string(least) + " to " + std::to_string(kMost));
  return std::nullopt;
}

std::optional<Decimal> Table::money(std::string_view field) {
  const Node* node = take(field, Node::Kind::kString,
                          "an amount in quotes, such as \"1000.50\": a bare number would be read "
                          "as binary floating point, which cannot hold most decimal amounts");
  if (!node) return std::nullopt;
  const auto amount = Decimal::parse(node->text);
  if (amount && amount->is_positive()) return *amount;
  bad_value(field, amount ? "must be above zero" : "is not an amount such as \"1000.50\"");
  return std::nullopt;
}

std::optional<WallTime> Table::time(std::string_view field) {
  const Node* node =
      take(field, Node::Kind::kTime,
           "a date and time with its offset and without quotes, such as 2027-01-31T00:00:00Z");
  return node ? std::optional(node->time) : std::nullopt;
}

std::optional<Millis> Table::span(std::string_view field) {
  const auto written = text(field);
  if (!written) return std::nullopt;
  const auto span = parse_span(*written);
  if (!span) bad_value(field, "must be a time such as \"72h\", \"30m\" or \"3d\"");
  return span;
}

std::optional<std::vector<std::string>> Table::texts(std::string_view field) {
  constexpr std::string_view kWanted = "a list of strings, such as [\"a\", \"b\"]";
  const Node* node = take(field, Node::Kind::kArray, kWanted);
  if (!node) return std::nullopt;
  std::vector<std::string> all;
  for (const Node& item : node->items) {
    if (item.kind != Node::Kind::kString) {
      report_->error({file_, item.line}, "field.type",
                     fmt::format("{} must be {}", field, kWanted));
      return std::nullopt;
    }
    if (std::find(all.begin(), all.end(), item.text) != all.end()) {
      report_->error({file_, item.line}, "field.value",
                     fmt::format("{} names \"{}\" twice", field, item.text));
    }
    all.push_back(item.text);
  }
  return all;
}

std::vector<Table> Table::tables(std::string_view field) {
  const std::string wanted = fmt::format("written as [[{}]]", field);
  const Node* node = take(field, Node::Kind::kArray, wanted);
  std::vector<Table> all;
  if (!node) return all;
  for (const Node& item : node->items) {
    if (item.kind == Node::Kind::kTable) {
      all.emplace_back(item, file_, report_);
    } else {
      report_->error({file_, item.line}, "field.type", fmt::format("{} must be {}", field, wanted));
    }
  }
  return all;
}

std::optional<Table> Table::table(std::string_view field) {
  const Node* node = take(field, Node::Kind::kTable, "a table");
  return node ? std::optional<Table>(std::in_place, *node, file_, report_) : std::nullopt;
}

std::vector<std::string> Table::fields() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : node_.members) names.push_back(name);
  return names;
}

std::string Table::required(std::string_view field) {
  const bool present = find(node_, field) != nullptr;
  const auto value = text(field);
  if (!present) report_->error(place(), "field.missing", fmt::format("{} is missing", field));
  if (value && value->empty()) bad_value(field, "must not be empty");
  return value.value_or("");
}

std::string Table::required_name(std::string_view field) {
  std::string name = required(field);
  if (!name.empty() && !is_name(name)) {
    bad_value(field, "may have letters, digits, '-', '_' and '.', 64 at most");
  }
  return name;
}

void Table::bad_value(std::string_view field, std::string message) {
  report_->error(place(field), "field.value", fmt::format("{} {}", field, message));
}

void Table::finish() {
  for (const auto& [name, node] : node_.members) {
    if (taken_.contains(name)) continue;
    report_->error({file_, node.line}, "field.unknown",
                   fmt::format("there is no field \"{}\" here", name));
  }
}

}  // namespace keystile::policy
