// www.okx.com/docs-v5: get-balance (trading account), get-balance (funding account) (July 2026).
#include "exchanges/balances.h"

#include <array>

#include "base/encoding.h"
#include "base/json.h"
#include "exchanges/okx/okx.h"

namespace keystile::exchanges::okx {
namespace {

const json::Value* rows_of(const json::Value& body, bool trading) {
  const json::Value* data = body.find("data");
  if (body.text("code") != "0" || !data || !data->if_array()) return nullptr;
  if (!trading) return data;
  return data->if_array()->empty() ? nullptr : data->if_array()->front().find("details");
}

class OkxBalances final : public Balances {
 public:
  Result<HttpRequest> query(std::string_view wallet, std::string_view asset) const override {
    if (wallet != "trading" && wallet != "funding") {
      return fail("balance.wallet", "OKX has the wallets trading and funding");
    }
    return request_to("GET", std::string(wallet == "trading" ? "/api/v5/account/balance?ccy="
                                                             : "/api/v5/asset/balances?ccy=") +
                                 percent_encode(asset));
  }

  Result<Held> read(std::string_view wallet, std::string_view asset,
                    const HttpResponse& response) const override {
    const bool trading = wallet == "trading";
    const auto body = json::parse(response.body);
    const json::Value* rows = body ? rows_of(*body, trading) : nullptr;
    if (response.status != 200 || !rows || !rows->if_array()) {
      return fail("upstream.answer", "the answer tells no balances", ErrorClass::kRetryable);
    }
    for (const json::Value& row : *rows->if_array()) {
      if (row.text("ccy") != asset) continue;
      Held held;
      KS_TRY(held.total, Decimal::parse(row.text(trading ? "cashBal" : "bal")));
      KS_TRY(held.free, Decimal::parse(row.text("availBal")));
      return held;
    }
    return Held{};
  }
};

}  // namespace

const Balances& balances() {
  static const OkxBalances instance;
  return instance;
}

std::span<const std::string_view> withdrawal_wallets() {
  static constexpr std::array<std::string_view, 1> kNames{"funding"};
  return kNames;
}

}  // namespace keystile::exchanges::okx
