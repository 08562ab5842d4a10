// The account and its key: docs/v5/account, docs/v5/user/apikey-info.
#include "sandbox/bybit/call.h"
#include "sandbox/money.h"

namespace keystile::sandbox::bybit {
namespace {

constexpr std::string_view kWallet = "unified";

// What one unit of an asset is worth in USD, which the sandbox takes for one USDT.
Decimal usd_price(const Call& call, const std::string& asset) {
  if (asset == "USDT" || asset == "USDC") return Decimal(1);
  const std::string pair = asset + "/USDT";
  return call.venue.engine().find_instrument(pair) ? call.venue.engine().reference_price(pair)
                                                   : Decimal();
}

// Open profit of all positions that settle in that asset.
Decimal unrealised(const Call& call, const std::string& asset) {
  Decimal sum;
  for (const Instrument* instrument : call.venue.engine().instruments()) {
    if (instrument->product != Product::kLinear || instrument->quote != asset) continue;
    const Position position = call.venue.engine().position(call.account(), instrument->id);
    if (position.quantity.is_zero()) continue;
    const Decimal mark = call.venue.engine().reference_price(instrument->id);
    sum += position.quantity * instrument->contract_size * mark - position.cost;
  }
  return sum;
}

json::Value coin_row(const std::string& coin, const Balance& balance, const Decimal& profit,
                     const Decimal& usd) {
  return json::object({{"coin", coin},
                       {"equity", balance.total() + profit},
                       {"usdValue", usd},
                       {"walletBalance", balance.total()},
                       {"free", ""},
                       {"locked", balance.locked},
                       {"borrowAmount", "0"},
                       {"spotBorrow", "0"},
                       {"availableToBorrow", ""},
                       {"availableToWithdraw", balance.free},
                       {"accruedInterest", "0"},
                       {"totalOrderIM", "0"},
                       {"totalPositionIM", "0"},
                       {"totalPositionMM", "0"},
                       {"unrealisedPnl", profit},
                       {"cumRealisedPnl", "0"},
                       {"bonus", "0"},
                       {"collateralSwitch", true},
                       {"marginCollateral", true},
                       {"spotHedgingQty", "0"}});
}

bool wanted(std::string_view list, std::string_view coin) {
  if (list.empty()) return true;
  while (true) {
    const size_t comma = list.find(',');
    if (list.substr(0, comma) == coin) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

// A permission group of query-api: its values if the key has the neutral permission.
json::Value group(const ApiKey& key, std::string_view permission,
                  std::initializer_list<json::Value> values) {
  return key.may(permission) ? json::array(values) : json::array({});
}

json::Value wallet_group(const ApiKey& key) {
  json::Array values;
  if (key.may("transfer")) values.push_back("AccountTransfer");
  if (key.may("sub-transfer")) values.push_back("SubMemberTransfer");
  if (key.may("withdraw")) values.push_back("Withdraw");
  return values;
}

bool is_read_only(const ApiKey& key) {
  return key.permissions.empty() || (key.permissions.size() == 1 && key.may("read"));
}

}  // namespace

Reply wallet_balance(const Call& call) {
  if (call.text("accountType") != "UNIFIED")
    return bad_parameter("accountType only support UNIFIED.");
  json::Array coins;
  Decimal total, free, profit_total;
  for (const auto& [coin, balance] : call.venue.wallets().all(call.account(), kWallet)) {
    const Decimal price = usd_price(call, coin).rounded(2, Rounding::kDown);
    const Decimal profit = unrealised(call, coin).rounded(kScale, Rounding::kDown);
    const Decimal usd = ((balance.total() + profit) * price).rounded(kScale, Rounding::kDown);
    total += usd;
    free += (balance.free * price).rounded(kScale, Rounding::kDown);
    profit_total += profit;
    if (wanted(call.text("coin"), coin)) coins.push_back(coin_row(coin, balance, profit, usd));
  }
  json::Value row = json::object({{"accountType", "UNIFIED"},
                                  {"totalEquity", total},
                                  {"totalWalletBalance", total - profit_total},
                                  {"totalMarginBalance", total},
                                  {"totalAvailableBalance", free},
                                  {"totalPerpUPL", profit_total}});
  for (const char* name : {"accountIMRate", "accountMMRate", "accountLTV", "totalInitialMargin",
                           "totalMaintenanceMargin"}) {
    row.set(name, "0");
  }
  row.set("coin", std::move(coins));
  return ok(json::object({{"list", json::array({std::move(row)})}}));
}

Reply account_info(const Call& call) {
  return ok(json::object({{"marginMode", "REGULAR_MARGIN"},
                          {"updatedTime", millis(call.key->created)},
                          {"unifiedMarginStatus", 5},  // unified trading account 2.0
                          {"dcpStatus", "OFF"},
                          {"timeWindow", 0},
                          {"smpGroup", 0},
                          {"isMasterTrader", false},
                          {"spotHedgingStatus", "OFF"}}));
}

Reply fee_rate(const Call& call) {
  const auto product = product_of(call.text("category"));
  if (!product) return bad_parameter("category");
  json::Array rows;
  for (const Instrument* instrument : call.venue.engine().instruments()) {
    if (instrument->product != *product) continue;
    if (!call.text("symbol").empty() && call.text("symbol") != instrument->symbol) continue;
    rows.push_back(json::object({{"symbol", instrument->symbol},
                                 {"takerFeeRate", instrument->taker_fee},
                                 {"makerFeeRate", instrument->maker_fee}}));
  }
  return ok(json::object({{"category", call.text("category")}, {"list", std::move(rows)}}));
}

Reply query_api(const Call& call) {
  const ApiKey& key = *call.key;
  const Account& master = call.venue.accounts().master_of(key.account);
  const bool is_master = master.id == key.account;
  json::Array addresses;
  for (const std::string& address : key.addresses) addresses.push_back(address);
  if (addresses.empty()) addresses.push_back("*");
  const json::Value none = json::array({});
  const json::Value permissions =
      json::object({{"ContractTrade", group(key, "futures", {"Order", "Position"})},
                    {"Spot", group(key, "spot-trade", {"SpotTrade"})},
                    {"Wallet", wallet_group(key)},
                    {"Options", none},
                    {"Derivatives", group(key, "futures", {"DerivativesTrade"})},
                    {"CopyTrading", none},
                    {"BlockTrade", none},
                    {"Exchange", none},
                    {"NFT", none},
                    {"Affiliate", none},
                    {"Earn", none},
                    {"FiatP2P", none},
                    {"FiatBitPay", none},
                    {"FiatConvertBroker", none},
                    {"FiatGlobalPay", none},
                    {"BitCard", none},
                    {"ByXPost", none}});
  const int64_t days =
      key.expires ? (epoch_ms(*key.expires) - epoch_ms(call.now)) / (24 * 3600 * 1000) : -2;
  const auto seconds = [](WallTime time) { return iso8601(time).substr(0, 19) + "Z"; };
  return ok(json::object({{"id", std::to_string(number(key.account) * 100)},
                          {"note", key.label},
                          {"apiKey", key.id},
                          {"readOnly", is_read_only(key) ? 1 : 0},
                          {"secret", ""},
                          {"permissions", permissions},
                          {"ips", std::move(addresses)},
                          {"type", 1},
                          {"deadlineDay", days},
                          {"expiredAt", seconds(key.expires.value_or(WallTime{}))},
                          {"createdAt", seconds(key.created)},
                          {"unified", 0},
                          {"uta", 1},
                          {"userID", number(key.account)},
                          {"inviterID", 0},
                          {"vipLevel", "No VIP"},
                          {"mktMakerLevel", "0"},
                          {"affiliateID", 0},
                          {"rsaPublicKey", ""},
                          {"isMaster", is_master},
                          {"parentUid", is_master ? "0" : std::to_string(number(master.id))},
                          {"kycLevel", "LEVEL_DEFAULT"},
                          {"kycRegion", ""}}));
}

}  // namespace keystile::sandbox::bybit
