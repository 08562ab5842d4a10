// What OKX's answers say about its limits: nothing but that one was met (docs-v5, "Rate Limits" and
// the error codes 50011, 50061).
#include "exchanges/okx/okx.h"

namespace keystile::exchanges::okx {

extern const std::string_view kLimitsText;  // limits.tsv

namespace {

// As "code" of the answer, or "sCode" of the first order of a batch.
bool has_code(std::string_view body, std::string_view quoted_code) {
  const std::string_view head = body.substr(0, 512);
  const size_t at = head.find(quoted_code);
  if (at == head.npos) return false;
  std::string_view before = head.substr(0, at);
  while (before.ends_with(' ')) before.remove_suffix(1);
  return before.ends_with("ode\":");
}

class OkxLimits final : public RateLimits {
 public:
  OkxLimits()
      : table_(exchange().routes(), kLimitsText),
        address_(table_.budget("address")),
        orders_(table_.budget("orders")) {}

  const LimitTable& table() const override { return table_; }

  LimitSigns read(const Route& route, const HttpResponse& answer, WallTime) const override {
    LimitSigns signs;
    const Millis pause = retry_after(answer).value_or(Millis{0});
    if (has_code(answer.body, "\"50061\"")) {
      signs.turned_away = {orders_, pause};
    } else if (has_code(answer.body, "\"50011\"")) {
      signs.turned_away = {table_.own_budget(route).value_or(address_), pause};
    } else if (answer.status == 429) {
      signs.turned_away = {address_, pause};
    }
    return signs;
  }

 private:
  LimitTable table_;
  uint16_t address_, orders_;
};

}  // namespace

const RateLimits& rate_limits() {
  static const OkxLimits instance;
  return instance;
}

}  // namespace keystile::exchanges::okx
