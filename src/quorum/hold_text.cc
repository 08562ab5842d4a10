#include "quorum/hold_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/span.h"

namespace keystile::quorum {
namespace {

constexpr std::string_view kNone = "none", kOnceApproved = " once approved";
constexpr std::string_view kWhy[] = {" (adds no power over withdrawals)",
                                     " (may add power over withdrawals)"};

}  // namespace

std::string hold_text(const PolicyChange& change) {
  const std::string time =
      change.hold == Millis{0}
          ? std::string(kNone)
          : fmt::format("{}{}", policy::span_text(*change.hold), kOnceApproved);
  return fmt::format("{}{}", time, kWhy[change.widens_withdrawals]);
}

void read_hold(std::string_view text, PolicyChange* change) {
  change->widens_withdrawals = text.ends_with(kWhy[true]);
  std::string time(text.substr(0, text.find(kOnceApproved)));
  std::erase(time, ' ');
  change->hold = policy::parse_span(time).value_or(Millis{0});
}

}  // namespace keystile::quorum
