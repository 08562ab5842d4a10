// Balances, configuration, positions, leverage, sub-accounts.
#include "base/encoding.h"
#include "sandbox/money.h"
#include "sandbox/okx/handlers.h"

namespace keystile::sandbox::okx {
namespace {

// In USD, taking USDT and USDC for dollars.
Decimal dollar_price(const Call& call, const std::string& asset) {
  if (asset == "USDT" || asset == "USDC") return Decimal(1);
  return call.venue.engine().reference_price(asset + "/USDT");
}

bool is_asked(std::string_view list, std::string_view asset) {
  while (!list.empty()) {
    const size_t end = list.find(',');
    if (list.substr(0, end) == asset) return true;
    if (end == list.npos) return false;
    list.remove_prefix(end + 1);
  }
  return false;
}

json::Value detail_json(const Call& call, const std::string& asset, const Balance& held) {
  const std::string total = text(held.total()), free = text(held.free), locked = text(held.locked);
  const std::string dollars = text(held.total() * dollar_price(call, asset));
  json::Object fields{
      {"accAvgPx", ""},        {"availBal", free},    {"availEq", free},     {"cashBal", total},
      {"ccy", asset},          {"crossLiab", "0"},    {"disEq", dollars},    {"eq", total},
      {"eqUsd", dollars},      {"fixedBal", "0"},     {"frozenBal", locked}, {"imr", "0"},
      {"interest", "0"},       {"isoEq", "0"},        {"isoLiab", "0"},      {"isoUpl", "0"},
      {"liab", "0"},           {"maxLoan", "0"},      {"mgnRatio", ""},      {"mmr", "0"},
      {"notionalLever", "0"},  {"ordFrozen", locked}, {"rewardBal", "0"},    {"spotBal", ""},
      {"spotInUseAmt", ""},    {"spotIsoBal", "0"},   {"stgyEq", "0"},       {"twap", "0"},
      {"uTime", ms(call.now)}, {"upl", "0"},          {"uplLiab", "0"}};
  return json::Value(std::move(fields));
}

json::Value trading_balance(const Call& call, AccountId account) {
  json::Array details;
  Decimal total;
  for (const auto& [asset, held] : call.venue.wallets().all(account, "trading")) {
    if (held.total().is_zero()) continue;
    total += held.total() * dollar_price(call, asset);
    if (call.param("ccy").empty() || is_asked(call.param("ccy"), asset)) {
      details.push_back(detail_json(call, asset, held));
    }
  }
  return json::object({{"adjEq", ""},
                       {"availEq", text(total)},
                       {"borrowFroz", ""},
                       {"details", json::Value(std::move(details))},
                       {"imr", "0"},
                       {"isoEq", "0"},
                       {"mgnRatio", ""},
                       {"mmr", "0"},
                       {"notionalUsd", "0"},
                       {"ordFroz", "0"},
                       {"totalEq", text(total)},
                       {"uTime", ms(call.now)},
                       {"upl", "0"}});
}

std::string join(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : ",") + part;
  return joined;
}

json::Value position_json(const Call& call, const Instrument& instrument,
                          const Position& position) {
  const Engine& engine = call.venue.engine();
  const Decimal size = position.quantity * instrument.contract_size;
  const Decimal entry = divide(position.cost, size, Rounding::kDown);
  const Decimal mark = engine.reference_price(instrument.id);
  const Decimal profit = size * mark - position.cost;
  return json::object({{"adl", "1"},
                       {"availPos", text(position.quantity)},
                       {"avgPx", text(entry)},
                       {"baseBal", ""},
                       {"cTime", ms(call.now)},
                       {"ccy", instrument.quote},
                       {"imr", text(position.margin)},
                       {"instId", instrument.symbol},
                       {"instType", "SWAP"},
                       {"interest", ""},
                       {"last", text(engine.last_price(instrument.id))},
                       {"lever", std::to_string(engine.leverage(call.account, instrument.id))},
                       {"liqPx", ""},
                       {"margin", text(position.margin)},
                       {"markPx", text(mark)},
                       {"mgnMode", "isolated"},
                       {"mgnRatio", "10"},
                       {"mmr", "0"},
                       {"notionalUsd", text(absolute(size * mark))},
                       {"pos", text(position.quantity)},
                       {"posCcy", ""},
                       {"posId", "1"},
                       {"posSide", "net"},
                       {"realizedPnl", text(position.realised)},
                       {"uTime", ms(call.now)},
                       {"upl", text(profit)},
                       {"uplRatio", "0"},
                       {"usdPx", "1"}});
}

Answer<AccountId> asked_subaccount(const Call& call) {
  const Account* sub = call.venue.accounts().find_name(call.param("subAcct"));
  if (!sub || sub->master != call.account) return failure("59510", "Sub-account does not exist");
  return sub->id;
}

}  // namespace

bool may_trade(const ApiKey& key) {
  for (const char* permission :
       {"spot-trade", "margin", "futures", "transfer", "sub-transfer", "admin"}) {
    if (key.may(permission)) return true;
  }
  return false;
}

json::Value balances_of(const Call& call, AccountId account, std::string_view wallet) {
  json::Array items;
  for (const auto& [asset, held] : call.venue.wallets().all(account, wallet)) {
    const std::string_view asked = call.param("ccy");
    if (held.total().is_zero() || (!asked.empty() && !is_asked(asked, asset))) continue;
    items.push_back(json::object({{"availBal", text(held.free)},
                                  {"bal", text(held.total())},
                                  {"ccy", asset},
                                  {"frozenBal", text(held.locked)}}));
  }
  return json::Value(std::move(items));
}

Reply balance(const Call& call) { return one(trading_balance(call, call.account)); }

Reply config(const Call& call) {
  const ApiKey& key = *call.key;
  std::vector<std::string> permissions{"read_only"};
  if (key.may("withdraw")) permissions.push_back("withdraw");
  if (may_trade(key)) permissions.push_back("trade");
  const Account& account = *call.venue.accounts().find(call.account);
  const Account& master = call.venue.accounts().master_of(call.account);
  return one(json::object({{"acctLv", "2"},
                           {"acctStpMode", "cancel_maker"},
                           {"autoLoan", false},
                           {"ctIsoMode", "automatic"},
                           {"enableSpotBorrow", false},
                           {"feeType", "0"},
                           {"greeksType", "PA"},
                           {"ip", join(key.addresses)},
                           {"kycLv", "3"},
                           {"label", key.label},
                           {"level", "Lv1"},
                           {"levelTmp", ""},
                           {"liquidationGear", "-1"},
                           {"mainUid", text(number(master.id))},
                           {"mgnIsoMode", "automatic"},
                           {"opAuth", "0"},
                           {"perm", join(permissions)},
                           {"posMode", "net_mode"},
                           {"roleType", "0"},
                           {"settleCcy", "USDT"},
                           {"settleCcyList", json::array({"USDT"})},
                           {"spotBorrowAutoRepay", false},
                           {"spotOffsetType", ""},
                           {"spotRoleType", "0"},
                           {"spotTraderInsts", json::Value(json::Array{})},
                           {"stgyType", "0"},
                           {"traderInsts", json::Value(json::Array{})},
                           {"type", account.master ? "1" : "0"},
                           {"uid", text(number(account.id))}}));
}

Reply positions(const Call& call) {
  json::Array items;
  for (const Instrument* instrument : call.venue.engine().instruments()) {
    const std::string_view type = call.param("instType"), name = call.param("instId");
    const bool wanted = (type.empty() || type == instrument_type(*instrument)) &&
                        (name.empty() || is_asked(name, instrument->symbol));
    if (instrument->product == Product::kSpot || !wanted) continue;
    const Position position = call.venue.engine().position(call.account, instrument->id);
    if (position.quantity.is_zero()) continue;
    items.push_back(position_json(call, *instrument, position));
  }
  return json::Value(std::move(items));
}

Reply leverage_info(const Call& call) {
  const Instrument* instrument = find_instrument(call.venue, call.param("instId"));
  if (!instrument) return bad_parameter("instId");
  return one(json::object(
      {{"ccy", ""},
       {"instId", instrument->symbol},
       {"lever", std::to_string(call.venue.engine().leverage(call.account, instrument->id))},
       {"mgnMode", call.param("mgnMode")},
       {"posSide", "net"}}));
}

Reply set_leverage(const Call& call) {
  const Instrument* instrument = find_instrument(call.venue, call.body.text("instId"));
  if (!instrument || instrument->product == Product::kSpot) return bad_parameter("instId");
  const auto leverage = parse_uint64(call.body.text("lever"));
  if (!leverage || *leverage > 1000) return bad_parameter("lever");
  const Status done =
      call.venue.engine().set_leverage(call.account, instrument->id, static_cast<int>(*leverage));
  if (!done) return tl::unexpected(native(done.error()));
  return one(json::object({{"instId", instrument->symbol},
                           {"lever", text(*leverage)},
                           {"mgnMode", call.body.text("mgnMode")},
                           {"posSide", "net"}}));
}

Reply set_position_mode(const Call& call) {
  if (call.body.text("posMode") != "net_mode") return bad_parameter("posMode");
  return one(json::object({{"posMode", "net_mode"}}));
}

Reply trade_fee(const Call& call) {
  return one(json::object({{"category", "1"},
                           {"delivery", ""},
                           {"exercise", ""},
                           {"instType", call.param("instType")},
                           {"isSpecial", "0"},
                           {"level", "Lv1"},
                           {"maker", "-0.001"},
                           {"makerU", "-0.0002"},
                           {"taker", "-0.001"},
                           {"takerU", "-0.0005"},
                           {"ts", ms(call.now)}}));
}

Reply subaccounts(const Call& call) {
  json::Array items;
  for (const Account* sub : call.venue.accounts().subs_of(call.account)) {
    items.push_back(json::object({{"canTransOut", true},
                                  {"enable", true},
                                  {"frozenFunc", json::Value(json::Array{})},
                                  {"gAuth", false},
                                  {"label", sub->name},
                                  {"mobile", ""},
                                  {"subAcct", sub->name},
                                  {"ts", "1704876947000"},
                                  {"type", "1"},
                                  {"uid", text(number(sub->id))}}));
  }
  return json::Value(std::move(items));
}

Reply subaccount_trading_balances(const Call& call) {
  const auto sub = asked_subaccount(call);
  if (!sub) return tl::unexpected(sub.error());
  return one(trading_balance(call, *sub));
}

Reply subaccount_funding_balances(const Call& call) {
  const auto sub = asked_subaccount(call);
  if (!sub) return tl::unexpected(sub.error());
  return balances_of(call, *sub, "funding");
}

}  // namespace keystile::sandbox::okx
