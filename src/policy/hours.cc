#include "policy/hours.h"

#include <date/tz.h>

#include <array>
#include <exception>
#include <optional>
#include <tuple>

#include "base/encoding.h"

namespace keystile::policy {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

// The library throws for an unknown zone or an unreadable database.
const date::time_zone* find_zone(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

std::optional<size_t> parse_day(std::string_view text) {
  for (size_t i = 0; i < kDays.size(); ++i) {
    if (kDays[i] == text) return i;
  }
  return std::nullopt;
}

bool add_days(std::string_view range, std::bitset<7>* days) {
  const size_t dash = range.find('-');
  const auto first = parse_day(range.substr(0, dash));
  const auto last = dash == range.npos ? first : parse_day(range.substr(dash + 1));
  if (!first || !last) return false;
  for (size_t day = *first;; day = (day + 1) % 7) {
    days->set(day);
    if (day == *last) return true;
  }
}

std::optional<std::bitset<7>> parse_days(std::string_view text) {
  std::bitset<7> days;
  for (;;) {
    const size_t comma = text.find(',');
    if (!add_days(text.substr(0, comma), &days)) return std::nullopt;
    if (comma == text.npos) return days;
    text.remove_prefix(comma + 1);
  }
}

// "09:30"; "24:00" too.
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = parse_uint64(text.substr(0, 2)), minute = parse_uint64(text.substr(3));
  if (!hour || !minute || *minute > 59) return std::nullopt;
  const std::chrono::minutes time{*hour * 60 + *minute};
  if (time > std::chrono::hours{24}) return std::nullopt;
  return time;
}

tl::unexpected<Error> bad_hours() {
  return fail("hours.format",
              "hours must look like \"Mon-Fri 09:00-17:00 Europe/Zurich\": days, from-until, zone");
}

// Day of the week (0 = Monday) and time since local midnight.
std::pair<size_t, Millis> local_time(const date::time_zone& zone, WallTime now) {
  const auto local = zone.to_local(now);
  const auto day = date::floor<date::days>(local);
  return {date::weekday{day}.iso_encoding() - 1, local - day};
}

}  // namespace

Result<Hours> parse_hours(std::string_view text) {
  const size_t first = text.find(' '), last = text.rfind(' ');
  if (first == text.npos || first == last) return bad_hours();
  const std::string_view span = text.substr(first + 1, last - first - 1);
  if (span.size() != 11 || span[5] != '-') return bad_hours();
  const auto days = parse_days(text.substr(0, first));
  const auto from = parse_time_of_day(span.substr(0, 5));
  const auto until = parse_time_of_day(span.substr(6));
  if (!days || !from || !until || *from == *until || *from == std::chrono::hours{24}) {
    return bad_hours();
  }
  Hours hours{std::string(text.substr(last + 1)), *days, *from, *until, std::string(text)};
  const date::time_zone* zone = find_zone(hours.zone);
  if (!zone) {
    return fail("hours.zone", "\"" + hours.zone +
                                  "\" is not a time zone of this system; use an IANA name such as "
                                  "Europe/Zurich or UTC");
  }
  local_time(*zone, WallTime{});  // loads the zone's rules now, so that is_open() reads no file
  return hours;
}

bool is_open(const Hours& hours, WallTime now) {
  const date::time_zone* zone = find_zone(hours.zone);
  if (!zone) return false;
  const auto [day, time] = local_time(*zone, now);
  if (hours.from < hours.until) {
    return hours.days[day] && time >= hours.from && time < hours.until;
  }
  const size_t yesterday = (day + 6) % 7;
  return (hours.days[day] && time >= hours.from) || (hours.days[yesterday] && time < hours.until);
}

}  // namespace keystile::policy
