#include "base/time.h"

#include "base/encoding.h"

namespace keystile {
namespace {

class SystemClock final : public Clock {
 public:
  WallTime wall() const override {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  }
  MonoTime mono() const override { return std::chrono::steady_clock::now(); }
};

tl::unexpected<Error> bad_time() {
  return fail("time.format", "a time must look like 2026-11-20T22:52:12.345Z");
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string iso8601(WallTime t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{t - day};
  std::string out = "0000-00-00T00:00:00.000Z";
  const auto put = [&](size_t begin, size_t end, int64_t value) {
    for (; end-- > begin; value /= 10) out[end] = static_cast<char>('0' + value % 10);
  };
  put(0, 4, int(date.year()));
  put(5, 7, unsigned(date.month()));
  put(8, 10, unsigned(date.day()));
  put(11, 13, time.hours().count());
  put(14, 16, time.minutes().count());
  put(17, 19, time.seconds().count());
  put(20, 23, time.subseconds().count());
  return out;
}

Result<WallTime> parse_iso8601(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != kShape.size()) return bad_time();
  for (size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return bad_time();
  }
  const auto number = [&](size_t at, size_t length) {
    return static_cast<int>(*parse_uint64(text.substr(at, length)));
  };
  const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                         std::chrono::month(number(5, 2)),
                                         std::chrono::day(number(8, 2))};
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return bad_time();
  return WallTime{std::chrono::sys_days{date} + std::chrono::hours{hour} +
                  std::chrono::minutes{minute} + std::chrono::seconds{second} +
                  Millis{number(20, 3)}};
}

}  // namespace keystile
