// Trading hours: what is accepted has a day, and opens and closes within each week.
#include "policy/hours.h"

#include "fuzz/check.h"

using namespace keystile;
using namespace keystile::policy;

KS_FUZZ_TARGET(input) {
  const auto hours = parse_hours(input);
  if (!hours) return;
  KS_HOLDS(hours->text == input);
  KS_HOLDS(hours->days.any());
  KS_HOLDS(hours->from != hours->until);
  KS_HOLDS(hours->from < std::chrono::hours{24} && hours->until <= std::chrono::hours{24});
  // From a Monday in winter, when no zone changes its clock, each minute of a week.
  const WallTime monday = *parse_iso8601("2026-01-12T00:00:00.000Z");
  const int opens = [&] {
    int minutes = 0;
    for (int m = 0; m < 7 * 24 * 60; m += 15) {
      minutes += is_open(*hours, monday + std::chrono::minutes{m});
    }
    return minutes;
  }();
  const auto length =
      (hours->until - hours->from + std::chrono::hours{24}) % std::chrono::hours{24};
  const auto span = length.count() == 0 ? std::chrono::minutes{24 * 60} : length;
  const int wanted = static_cast<int>(hours->days.count()) * static_cast<int>(span.count() / 15);
  // Each day's span begins and ends between two looks.
  KS_HOLDS(std::abs(opens - wanted) <= static_cast<int>(hours->days.count()));
}
