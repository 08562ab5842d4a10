// A file of settings, read as strictly as a policy: no field that is unknown, of another type or
// missing.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "policy/table.h"

namespace keystile::policy {

// read: what makes the settings of the root table, reporting what is wrong to the table's report.
// "settings.toml": the first such thing, and where it stands. file: what errors call it.
template <class Read>
auto parse_settings(std::string_view text, const std::string& file, const Read& read)
    -> Result<decltype(read(std::declval<Table>()))> {
  const auto root = parse_toml(text);
  if (!root) {
    return fail("settings.toml",
                file + ":" + std::to_string(root.error().line) + ": " + root.error().message);
  }
  Report report;
  auto settings = read(Table(*root, file, &report));
  if (!report.has_errors()) return settings;
  return fail("settings.toml", to_string(std::move(report).errors_first().front()));
}

}  // namespace keystile::policy
