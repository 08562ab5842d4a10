// What Bybit's answers say about its limits: docs/v5/rate-limit.
#include "base/encoding.h"
#include "exchanges/bybit/bybit.h"

namespace keystile::exchanges::bybit {

extern const std::string_view kLimitsText;  // limits.tsv

namespace {

constexpr Millis kAddressBan = std::chrono::minutes(10);

std::optional<uint32_t> count_in(const Headers& headers, std::string_view name) {
  const std::string* text = find_header(headers, name);
  const auto value = text ? parse_uint64(*text) : std::nullopt;
  if (!value || *value > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*value);
}

// The code stands first in every answer; what else it says need not be read for this.
bool has_code(std::string_view body, std::string_view code) {
  constexpr std::string_view kName = "\"retCode\":";
  const size_t at = body.substr(0, 64).find(kName);
  if (at == body.npos) return false;
  std::string_view rest = body.substr(at + kName.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest.starts_with(code);
}

class BybitLimits final : public RateLimits {
 public:
  BybitLimits() : table_(exchange().routes(), kLimitsText), address_(table_.budget("address")) {}

  const LimitTable& table() const override { return table_; }

  LimitSigns read(const Route& route, const HttpResponse& answer, WallTime now) const override {
    LimitSigns signs;
    const auto own = table_.own_budget(route);
    const auto size = count_in(answer.headers, "X-Bapi-Limit");
    const auto left = count_in(answer.headers, "X-Bapi-Limit-Status");
    if (own && size && left && *left <= *size) signs.add({*own, *size - *left, *size});
    if (answer.status == 403 && answer.body.find("too frequent") != answer.body.npos) {
      signs.turned_away = {address_, kAddressBan};
    } else if (answer.status == 429 || has_code(answer.body, "10018")) {
      signs.turned_away = {address_, Millis{0}};
    } else if (has_code(answer.body, "10006")) {
      signs.turned_away = {own.value_or(address_), until_reset(answer, now)};
    }
    return signs;
  }

 private:
  static Millis until_reset(const HttpResponse& answer, WallTime now) {
    const std::string* text = find_header(answer.headers, "X-Bapi-Limit-Reset-Timestamp");
    const auto at = text ? parse_uint64(*text) : std::nullopt;
    return at ? pause_until(*at, now) : Millis{0};
  }

  LimitTable table_;
  uint16_t address_;
};

}  // namespace

const RateLimits& rate_limits() {
  static const BybitLimits instance;
  return instance;
}

}  // namespace keystile::exchanges::bybit
