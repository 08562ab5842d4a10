#include "exchanges/told_time.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace keystile::exchanges {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string two_digits(ptrdiff_t number) {
  return std::string(number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

void keep_newest(std::optional<WallTime>* told, std::string_view epoch_ms) {
  const auto ms = parse_uint64(epoch_ms);
  if (!ms || *ms == 0 || *ms > INT64_MAX) return;
  *told = std::max(*told, std::optional(from_epoch_ms(static_cast<int64_t>(*ms))));
}

// "Sun, 06 Nov 1994 08:49:37 GMT": the one form that may be written (RFC 9110, 5.6.7).
std::optional<WallTime> answer_date(const HttpResponse& response) {
  const std::string* date = find_header(response.headers, "Date");
  if (!date || date->size() != 29 || !date->ends_with(" GMT")) return std::nullopt;
  const auto part = [date](size_t at, size_t size) { return date->substr(at, size); };
  const auto month = std::find(kMonths.begin(), kMonths.end(), part(8, 3));
  if (month == kMonths.end()) return std::nullopt;
  const auto time = parse_iso8601(part(12, 4) + "-" + two_digits(month - kMonths.begin() + 1) +
                                  "-" + part(5, 2) + "T" + part(17, 8) + ".000Z");
  return time ? std::optional(*time) : std::nullopt;
}

std::optional<MonoTime> priced_at(const MarketUpdate& update, WallTime exchange_now, MonoTime now) {
  if (!update.told) return now;
  const Millis age = exchange_now - *update.told;
  if (age < -kMaxAhead) return std::nullopt;
  return now - std::max(age, Millis{0});
}

}  // namespace keystile::exchanges
