// bybit-exchange.github.io/docs/v5/asset/balance/account-coin-balance (July 2026).
#include "exchanges/balances.h"

#include <array>

#include "base/encoding.h"
#include "exchanges/bybit/bybit.h"
#include "exchanges/bybit/protocol.h"

namespace keystile::exchanges::bybit {
namespace {

class BybitBalances final : public Balances {
 public:
  Result<HttpRequest> query(std::string_view wallet, std::string_view asset) const override {
    if (wallet != "UNIFIED" && wallet != "FUND") {
      return fail("balance.wallet",
                  "the account types whose balance is asked for are UNIFIED and "
                  "FUND");
    }
    return request_to("GET", "/v5/asset/transfer/query-account-coin-balance?accountType=" +
                                 std::string(wallet) + "&coin=" + percent_encode(asset));
  }

  Result<Held> read(std::string_view, std::string_view asset,
                    const HttpResponse& response) const override {
    KS_TRY(const json::Value result, result_of(response));
    const json::Value* balance = result.find("balance");
    if (!balance || balance->text("coin") != asset) {
      return fail("upstream.answer", "the answer tells no balance", ErrorClass::kRetryable);
    }
    Held held;
    KS_TRY(held.total, Decimal::parse(balance->text("walletBalance")));
    KS_TRY(held.free, Decimal::parse(balance->text("transferBalance")));
    return held;
  }
};

}  // namespace

const Balances& balances() {
  static const BybitBalances instance;
  return instance;
}

std::span<const std::string_view> withdrawal_wallets() {
  static constexpr std::array<std::string_view, 2> kNames{"FUND", "UNIFIED"};
  return kNames;
}

}  // namespace keystile::exchanges::bybit
