// What a monitor may send and get: an Accept header, and labels, whatever stands in them.
#include <optional>
#include <string>

#include "fuzz/check.h"
#include "metrics/exposition.h"
#include "metrics/requests.h"

namespace keystile::metrics {
namespace {

constexpr std::string_view kBefore = "# TYPE x counter\n# HELP x x\nx_total{label=\"";
constexpr std::string_view kAfter = "\"} 1\n# EOF\n";

// As OpenMetrics reads a label value; none where it would end early or break the line.
std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' || text[i] == '\n') return std::nullopt;
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    out += text[i] == 'n' ? '\n' : text[i];
  }
  return out;
}

void check_label(std::string_view value) {
  Family family = counter("x_total", "x");
  add(&family, 1, {{"label", std::string(value)}});
  const std::string text = to_text({family}, Format::kOpenMetrics);
  KS_HOLDS(text.starts_with(kBefore) && text.ends_with(kAfter));
  const auto label =
      std::string_view(text).substr(kBefore.size(), text.size() - kBefore.size() - kAfter.size());
  KS_HOLDS(unescaped(label) == value);
}

void check_rule(std::string_view rule) {
  Requests requests;
  requests.count("", "", Verdict::kDeny, rule);
  Family family = counter("x_total", "x");
  requests.collect({}, &family);
  const std::string& shown = family.metric.at(0).label.back().value;
  KS_HOLDS(shown == Requests::kOthers || rule.starts_with(shown));
  KS_HOLDS(shown.size() <= 64 && shown.find_first_of("\"\n\\ {}") == shown.npos);
}

}  // namespace
}  // namespace keystile::metrics

KS_FUZZ_TARGET(input) {
  (void)keystile::metrics::negotiate(input);
  keystile::metrics::check_label(input);
  keystile::metrics::check_rule(input);
}
