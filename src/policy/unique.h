// Names that may stand only once.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>

#include "policy/table.h"

namespace keystile::policy {

// Reports every item whose name an earlier one has.
class Unique {
 public:
  Unique(std::string rule, std::string what, Report* report)
      : rule_(std::move(rule)), what_(std::move(what)), report_(report) {}

  void add(const std::string& name, const Place& place) {
    if (name.empty()) return;
    const auto [at, fresh] = first_.emplace(name, place);
    if (fresh) return;
    report_->error(place, rule_,
                   fmt::format("{} \"{}\" is already used at {}:{}", what_, name, at->second.file,
                               at->second.line));
  }
  bool has(const std::string& name) const { return first_.contains(name); }

 private:
  std::string rule_, what_;
  Report* report_;
  std::map<std::string, Place> first_;
};

}  // namespace keystile::policy
