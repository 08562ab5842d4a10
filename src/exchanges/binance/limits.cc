// What Binance's answers say about its limits: rest-api.md "LIMITS", the derivatives' "General
// Info" pages, and errors.md for the codes.
#include <array>

#include "base/encoding.h"
#include "base/json.h"
#include "exchanges/binance/binance.h"

namespace keystile::exchanges::binance {

extern const std::string_view kLimitsText;  // limits.tsv

namespace {

// What an address has used of the minute, and an account of its orders, for each part with a host
// of its own. Where a part has no such count there is no budget either.
struct Part {
  std::string_view prefix;
  std::string_view weight, orders_10s, orders_1m, orders_1d;
};
constexpr std::array<Part, 5> kParts{{
    {"/api/", "api.weight", "api.orders-10s", "", "api.orders-1d"},
    {"/fapi/", "fapi.weight", "fapi.orders-10s", "fapi.orders-1m", ""},
    {"/dapi/", "dapi.weight", "", "dapi.orders-1m", ""},
    {"/eapi/", "eapi.weight", "eapi.orders-10s", "eapi.orders-1m", ""},
    {"/papi/", "papi.weight", "", "papi.orders-1m", ""},
}};

struct Indexes {
  std::string_view prefix;
  std::optional<uint16_t> weight, orders_10s, orders_1m, orders_1d;
};

// The exchange's own word on when a ban ends: "… IP banned until 1573770126000. …"
std::optional<Millis> banned_for(std::string_view body, WallTime now) {
  constexpr std::string_view kUntil = "banned until ";
  const size_t at = body.find(kUntil);
  if (at == body.npos) return std::nullopt;
  const std::string_view rest = body.substr(at + kUntil.size());
  const auto until = parse_uint64(rest.substr(0, rest.find_first_not_of("0123456789")));
  if (!until) return std::nullopt;
  return pause_until(*until, now);
}

class BinanceLimits final : public RateLimits {
 public:
  BinanceLimits() : table_(exchange().routes(), kLimitsText) {
    for (size_t i = 0; i < kParts.size(); ++i) {
      const Part& part = kParts[i];
      parts_[i] = {part.prefix, index(part.weight), index(part.orders_10s), index(part.orders_1m),
                   index(part.orders_1d)};
    }
  }

  const LimitTable& table() const override { return table_; }

  LimitSigns read(const Route& route, const HttpResponse& answer, WallTime now) const override {
    LimitSigns signs;
    const Indexes* part = part_of(route.path);
    if (part) read_headers(*part, answer.headers, &signs);
    if (answer.status != 429 && answer.status != 418) return signs;
    // 418 and -1003 are for the address; -1015 is the account's orders.
    const bool orders = answer.status == 429 && answer.body.find("-1015") != answer.body.npos;
    const auto charges = table_.cost(route, {}, 1);
    for (const Charge& charge : charges.charges()) {
      const bool by_account = table_.budgets()[charge.budget].by == CountedBy::kAccount;
      if (by_account != orders) continue;
      const auto told = banned_for(answer.body, now);
      signs.turned_away = {charge.budget, told.value_or(retry_after(answer).value_or(Millis{0}))};
      break;
    }
    return signs;
  }

 private:
  std::optional<uint16_t> index(std::string_view name) const {
    if (name.empty()) return std::nullopt;
    return table_.budget(name);
  }

  const Indexes* part_of(std::string_view path) const {
    for (const Indexes& part : parts_) {
      if (path.starts_with(part.prefix)) return &part;
    }
    return nullptr;
  }

  static void read_headers(const Indexes& part, const Headers& headers, LimitSigns* signs) {
    for (const Header& header : headers) {
      if (header.name.size() < 20 || (header.name[2] | 0x20) != 'm') continue;
      std::optional<uint16_t> budget;
      if (equals_ignore_case(header.name, "X-MBX-USED-WEIGHT-1M")) budget = part.weight;
      if (equals_ignore_case(header.name, "X-MBX-ORDER-COUNT-10S")) budget = part.orders_10s;
      if (equals_ignore_case(header.name, "X-MBX-ORDER-COUNT-1M")) budget = part.orders_1m;
      if (equals_ignore_case(header.name, "X-MBX-ORDER-COUNT-1D")) budget = part.orders_1d;
      const auto used = budget ? parse_uint64(header.value) : std::nullopt;
      if (used && *used <= UINT32_MAX)
        signs->add({*budget, static_cast<uint32_t>(*used), std::nullopt});
    }
  }

  LimitTable table_;
  std::array<Indexes, kParts.size()> parts_;
};

}  // namespace

const RateLimits& rate_limits() {
  static const BinanceLimits instance;
  return instance;
}

}  // namespace keystile::exchanges::binance
