// developers.binance.com: account information (spot), futures account balance V3, account balance
// (COIN-M), funding wallet (August 2026).
#include "exchanges/balances.h"

#include <array>

#include "base/encoding.h"
#include "base/json.h"
#include "exchanges/binance/binance.h"

namespace keystile::exchanges::binance {
namespace {

// Where the wallet is told of, and in which words. Each has two names: asset/transfer's and that of
// the sub-accounts' transfers.
struct Wallet {
  std::array<std::string_view, 2> names;
  std::string_view method, target;
  bool is_account;                      // the rows stand below "balances"; else they are the answer
  std::array<std::string_view, 3> sum;  // members that add up to the total
  std::string_view free;
};
constexpr std::array kWallets{
    Wallet{{"MAIN", "SPOT"},
           "GET",
           "/api/v3/account?omitZeroBalances=true",
           true,
           {"free", "locked", ""},
           "free"},
    Wallet{{"UMFUTURE", "USDT_FUTURE"},
           "GET",
           "/fapi/v3/balance",
           false,
           {"balance", "", ""},
           "maxWithdrawAmount"},
    Wallet{{"CMFUTURE", "COIN_FUTURE"},
           "GET",
           "/dapi/v1/balance",
           false,
           {"balance", "", ""},
           "withdrawAvailable"},
    Wallet{{"FUNDING", "FUNDING"},
           "POST",
           "/sapi/v1/asset/get-funding-asset",
           false,
           {"free", "locked", "freeze"},
           "free"},
};

const Wallet* wallet_of(std::string_view name) {
  for (const Wallet& wallet : kWallets) {
    if (wallet.names[0] == name || wallet.names[1] == name) return &wallet;
  }
  return nullptr;
}

Result<Held> held_in(const Wallet& wallet, const json::Value& row) {
  Held held;
  for (const std::string_view part : wallet.sum) {
    if (part.empty()) continue;
    KS_TRY(const Decimal amount, Decimal::parse(row.text(part)));
    KS_TRY(held.total, held.total.plus(amount));
  }
  KS_TRY(held.free, Decimal::parse(row.text(wallet.free)));
  return held;
}

class BinanceBalances final : public Balances {
 public:
  Result<HttpRequest> query(std::string_view wallet, std::string_view asset) const override {
    const Wallet* where = wallet_of(wallet);
    if (!where) {
      return fail("balance.wallet",
                  "the wallets whose balance Binance tells are MAIN or SPOT, UMFUTURE or "
                  "USDT_FUTURE, CMFUTURE or COIN_FUTURE, and FUNDING");
    }
    HttpRequest request = request_to(std::string(where->method), where->target);
    if (where->method == "POST") {
      request.has_query = true;
      request.query = "asset=" + percent_encode(asset);
    }
    return request;
  }

  Result<Held> read(std::string_view wallet, std::string_view asset,
                    const HttpResponse& response) const override {
    const Wallet* where = wallet_of(wallet);
    const auto body = json::parse(response.body, {.bytes = 16 << 20});
    const json::Value* rows =
        body && where ? (where->is_account ? body->find("balances") : &*body) : nullptr;
    if (response.status != 200 || !rows || !rows->if_array()) {
      return fail("upstream.answer", "the answer tells no balances", ErrorClass::kRetryable);
    }
    for (const json::Value& row : *rows->if_array()) {
      if (row.text("asset") == asset) return held_in(*where, row);
    }
    return Held{};
  }
};

}  // namespace

const Balances& balances() {
  static const BinanceBalances instance;
  return instance;
}

std::span<const std::string_view> withdrawal_wallets() {
  static constexpr std::array<std::string_view, 2> kNames{"SPOT", "FUNDING"};
  return kNames;
}

}  // namespace keystile::exchanges::binance
