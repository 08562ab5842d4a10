// USDS-M balances, positions and settings.
#include "sandbox/binance/handlers.h"
#include "sandbox/money.h"

namespace keystile::sandbox::binance {
namespace {

constexpr std::string_view kWallet = "futures";

struct PositionView {
  const Instrument* instrument;
  Position position;
  Decimal mark, entry, notional, profit;
};

PositionView view(const Call& call, const Instrument& instrument) {
  PositionView v{&instrument, call.venue.engine().position(call.account, instrument.id), {}, {}, {},
                 {}};
  v.mark = call.venue.engine().reference_price(instrument.id);
  v.notional = v.position.quantity * v.mark;
  if (!v.position.quantity.is_zero()) {
    v.entry = divide(v.position.cost, v.position.quantity, Rounding::kDown);
    v.profit = (v.notional - v.position.cost).rounded(kScale, Rounding::kDown);
  }
  return v;
}

std::vector<PositionView> positions(const Call& call) {
  std::vector<PositionView> out;
  for (const Instrument* i : call.venue.engine().instruments()) {
    if (i->product != Product::kLinear) continue;
    if (call.has("symbol") && i->symbol != call.param("symbol")) continue;
    out.push_back(view(call, *i));
  }
  return out;
}

// Version 3 of the routes lists only symbols with a position.
bool open_only(const Call& call) { return call.request.path.starts_with("/fapi/v3/"); }

json::Value risk(const Call& call, const PositionView& v) {
  const Decimal size = absolute(v.notional);
  return json::object(
      {{"symbol", v.instrument->symbol},
       {"positionAmt", v.position.quantity.str()},
       {"entryPrice", v.entry.str()},
       {"breakEvenPrice", v.entry.str()},
       {"markPrice", fixed(v.mark)},
       {"unRealizedProfit", fixed(v.profit)},
       {"liquidationPrice", "0"},
       {"leverage", std::to_string(call.venue.engine().leverage(call.account, v.instrument->id))},
       {"maxNotionalValue", "250000"},
       {"marginType", "isolated"},
       {"isolatedMargin", fixed(v.position.margin)},
       {"isAutoAddMargin", "false"},
       {"positionSide", "BOTH"},
       {"notional", fixed(v.notional)},
       {"isolatedWallet", fixed(v.position.margin)},
       {"marginAsset", v.instrument->quote},
       {"initialMargin", fixed(v.position.margin)},
       {"maintMargin", fixed(size * *Decimal::parse("0.004"))},
       {"positionInitialMargin", fixed(v.position.margin)},
       {"openOrderInitialMargin", "0.00000000"},
       {"adl", 0},
       {"bidNotional", "0"},
       {"askNotional", "0"},
       {"updateTime", epoch_ms(call.now)}});
}

json::Value account_position(const Call& call, const PositionView& v) {
  json::Value out = risk(call, v);
  out.set("unrealizedProfit", fixed(v.profit));
  out.set("isolated", true);
  out.set("maxNotional", "250000");
  return out;
}

}  // namespace

Reply futures_balance(const Call& call) {
  json::Array out;
  for (const auto& [asset, balance] : call.venue.wallets().all(call.account, kWallet)) {
    out.push_back(json::object({{"accountAlias", "SgsR"},
                                {"asset", asset},
                                {"balance", fixed(balance.total())},
                                {"crossWalletBalance", fixed(balance.total())},
                                {"crossUnPnl", "0.00000000"},
                                {"availableBalance", fixed(balance.free)},
                                {"maxWithdrawAmount", fixed(balance.free)},
                                {"marginAvailable", true},
                                {"updateTime", epoch_ms(call.now)}}));
  }
  return json::Value(std::move(out));
}

Reply futures_account(const Call& call) {
  Decimal profit, margin;
  json::Array shown;
  for (const PositionView& v : positions(call)) {
    profit += v.profit;
    margin += v.position.margin;
    if (open_only(call) && v.position.quantity.is_zero()) continue;
    shown.push_back(account_position(call, v));
  }
  json::Array assets;
  for (const auto& [asset, balance] : call.venue.wallets().all(call.account, kWallet)) {
    const bool usdt = asset == "USDT";
    assets.push_back(
        json::object({{"asset", asset},
                      {"walletBalance", fixed(balance.total())},
                      {"unrealizedProfit", fixed(usdt ? profit : Decimal())},
                      {"marginBalance", fixed(balance.total() + (usdt ? profit : Decimal()))},
                      {"maintMargin", "0.00000000"},
                      {"initialMargin", fixed(usdt ? margin : Decimal())},
                      {"positionInitialMargin", fixed(usdt ? margin : Decimal())},
                      {"openOrderInitialMargin", "0.00000000"},
                      {"crossWalletBalance", fixed(balance.total())},
                      {"crossUnPnl", "0.00000000"},
                      {"availableBalance", fixed(balance.free)},
                      {"maxWithdrawAmount", fixed(balance.free)},
                      {"marginAvailable", true},
                      {"updateTime", epoch_ms(call.now)}}));
  }
  const Balance usdt = call.venue.wallets().balance(call.account, kWallet, "USDT");
  return json::object({{"feeTier", 0},
                       {"canTrade", true},
                       {"canDeposit", true},
                       {"canWithdraw", true},
                       {"updateTime", 0},
                       {"multiAssetsMargin", false},
                       {"tradeGroupId", -1},
                       {"totalInitialMargin", fixed(margin)},
                       {"totalMaintMargin", "0.00000000"},
                       {"totalWalletBalance", fixed(usdt.total())},
                       {"totalUnrealizedProfit", fixed(profit)},
                       {"totalMarginBalance", fixed(usdt.total() + profit)},
                       {"totalPositionInitialMargin", fixed(margin)},
                       {"totalOpenOrderInitialMargin", "0.00000000"},
                       {"totalCrossWalletBalance", fixed(usdt.total())},
                       {"totalCrossUnPnl", "0.00000000"},
                       {"availableBalance", fixed(usdt.free)},
                       {"maxWithdrawAmount", fixed(usdt.free)},
                       {"assets", std::move(assets)},
                       {"positions", std::move(shown)}});
}

Reply position_risk(const Call& call) {
  json::Array out;
  for (const PositionView& v : positions(call)) {
    if (open_only(call) && v.position.quantity.is_zero()) continue;
    out.push_back(risk(call, v));
  }
  return json::Value(std::move(out));
}

Reply set_leverage(const Call& call) {
  KS_REPLY_TRY(const Instrument* i, call.instrument(Product::kLinear));
  KS_REPLY_CHECK(call.require("leverage"));
  KS_REPLY_TRY(const auto leverage, call.whole("leverage"));
  const int wanted = static_cast<int>(std::min<uint64_t>(*leverage, 1000));
  const auto done = call.venue.engine().set_leverage(call.account, i->id, wanted);
  if (!done) return tl::unexpected<Failure>(futures_failure(done.error()));
  return json::object(
      {{"leverage", wanted}, {"maxNotionalValue", "1000000"}, {"symbol", i->symbol}});
}

Reply set_margin_type(const Call& call) {
  KS_REPLY_CHECK(call.instrument(Product::kLinear));
  KS_REPLY_TRY(const std::string type, call.require("marginType"));
  if (type == "ISOLATED") return failure(-4046, "No need to change margin type.");
  return failure(-4047, "Margin type cannot be changed if there exists open orders.");
}

Reply position_mode(const Call&) { return json::object({{"dualSidePosition", false}}); }

Reply set_position_mode(const Call& call) {
  KS_REPLY_TRY(const std::string dual, call.require("dualSidePosition"));
  if (dual != "true") return failure(-4059, "No need to change position side.");
  return failure(-4068, "Position side cannot be changed if there exists position.");
}

Reply multi_assets_mode(const Call&) { return json::object({{"multiAssetsMargin", false}}); }

Reply leverage_bracket(const Call& call) {
  json::Array out;
  for (const PositionView& v : positions(call)) {
    out.push_back(json::object(
        {{"symbol", v.instrument->symbol},
         {"notionalCoef", json::Number{"1.0"}},
         {"brackets", json::array({json::object({{"bracket", 1},
                                                 {"initialLeverage", 125},
                                                 {"notionalCap", 1000000},
                                                 {"notionalFloor", 0},
                                                 {"maintMarginRatio", json::Number{"0.004"}},
                                                 {"cum", json::Number{"0.0"}}})})}}));
  }
  return json::Value(std::move(out));
}

Reply symbol_config(const Call& call) {
  json::Array out;
  for (const PositionView& v : positions(call)) {
    out.push_back(
        json::object({{"symbol", v.instrument->symbol},
                      {"marginType", "ISOLATED"},
                      {"isAutoAddMargin", false},
                      {"leverage", call.venue.engine().leverage(call.account, v.instrument->id)},
                      {"maxNotionalValue", "1000000"}}));
  }
  return json::Value(std::move(out));
}

Reply account_config(const Call&) {
  return json::object({{"feeTier", 0},
                       {"canTrade", true},
                       {"canDeposit", true},
                       {"canWithdraw", true},
                       {"dualSidePosition", false},
                       {"updateTime", 0},
                       {"multiAssetsMargin", false},
                       {"tradeGroupId", -1}});
}

}  // namespace keystile::sandbox::binance
