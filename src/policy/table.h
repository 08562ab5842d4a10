// Reads the fields of one TOML table, each once, and reports what is missing, unknown or of the
// wrong type with its file and line.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/decimal.h"
#include "policy/loader.h"
#include "policy/toml.h"

namespace keystile::policy {

struct Place {
  std::string file;
  int line = 0;
};

// Collects findings while a policy is read and checked.
class Report {
 public:
  void error(const Place& place, std::string rule, std::string message);
  void warn(const Place& place, std::string rule, std::string message);
  bool has_errors() const;
  std::vector<Finding> errors_first() &&;

 private:
  std::vector<Finding> findings_;
};

class Table {
 public:
  Table(const Node& node, std::string file, Report* report);

  Place place() const { return {file_, node_.line}; }
  Place place(std::string_view field) const;  // of the field, or of the table where it is absent
  Report& report() const { return *report_; }

  // Absent, or of the wrong type (then an error is reported): nullopt.
  std::optional<std::string> text(std::string_view field);
  std::optional<bool> flag(std::string_view field);
  std::optional<uint32_t> count(std::string_view field, uint32_t least = 1);  // to 1000000
  std::optional<Decimal> money(std::string_view field);  // a string, above zero
  std::optional<WallTime> time(std::string_view field);
  std::optional<Millis> span(std::string_view field);  // "72h", "30m", "3d"; at most a year
  std::optional<std::vector<std::string>> texts(std::string_view field);
  std::vector<Table> tables(std::string_view field);   // [[field]]
  std::optional<Table> table(std::string_view field);  // [field]
  std::vector<std::string> fields() const;

  // Absent or empty is an error.
  std::string required(std::string_view field);
  // A name as environments, accounts and clients have: letters, digits, '-', '_' and '.'.
  std::string required_name(std::string_view field);

  void bad_value(std::string_view field, std::string message);
  // Reports every field that nothing has read.
  void finish();

 private:
  const Node* take(std::string_view field, Node::Kind kind, std::string_view wanted);

  const Node& node_;
  std::string file_;
  Report* report_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace keystile::policy
