// Trading hours: parsing, and whether a moment is inside. Zones are those of the system's IANA
// database (Debian: tzdata); nothing is fetched.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "policy/model.h"

namespace keystile::policy {

// "Mon-Fri 09:00-17:00 Europe/Zurich", "Mon,Wed,Sat-Sun 22:00-02:00 UTC". Days may wrap
// ("Sat-Mon"). Hours that end before they begin run past midnight and belong to the day they begin
// on. The end is exclusive and may be 24:00. "hours.format", "hours.zone".
Result<Hours> parse_hours(std::string_view text);

// False also if the zone cannot be read any more.
bool is_open(const Hours& hours, WallTime now);

}  // namespace keystile::policy
