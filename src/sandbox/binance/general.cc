// Connectivity and the lists of what is traded.
#include "sandbox/binance/handlers.h"

namespace keystile::sandbox::binance {
namespace {

json::Value rate_limit(std::string_view type, std::string_view interval, int number, int limit) {
  return json::object(
      {{"rateLimitType", type}, {"interval", interval}, {"intervalNum", number}, {"limit", limit}});
}

json::Value price_filter(const Instrument& i) {
  return json::object({{"filterType", "PRICE_FILTER"},
                       {"minPrice", fixed(i.tick)},
                       {"maxPrice", "1000000.00000000"},
                       {"tickSize", fixed(i.tick)}});
}

json::Value lot_filter(std::string_view type, const Instrument& i) {
  return json::object({{"filterType", type},
                       {"minQty", fixed(i.min_quantity)},
                       {"maxQty", fixed(i.max_quantity)},
                       {"stepSize", fixed(i.lot)}});
}

json::Value spot_symbol(const Instrument& i) {
  return json::object(
      {{"symbol", i.symbol},
       {"status", "TRADING"},
       {"baseAsset", i.base},
       {"baseAssetPrecision", 8},
       {"quoteAsset", i.quote},
       {"quotePrecision", 8},
       {"quoteAssetPrecision", 8},
       {"baseCommissionPrecision", 8},
       {"quoteCommissionPrecision", 8},
       {"orderTypes", json::array({"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT",
                                   "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})},
       {"icebergAllowed", false},
       {"ocoAllowed", true},
       {"otoAllowed", false},
       {"opoAllowed", false},
       {"quoteOrderQtyMarketAllowed", true},
       {"allowTrailingStop", false},
       {"cancelReplaceAllowed", true},
       {"amendAllowed", true},
       {"pegInstructionsAllowed", false},
       {"isSpotTradingAllowed", true},
       {"isMarginTradingAllowed", false},
       {"filters",
        json::array({price_filter(i), lot_filter("LOT_SIZE", i), lot_filter("MARKET_LOT_SIZE", i),
                     json::object({{"filterType", "NOTIONAL"},
                                   {"minNotional", fixed(i.min_notional)},
                                   {"applyMinToMarket", true},
                                   {"maxNotional", "9000000.00000000"},
                                   {"applyMaxToMarket", false},
                                   {"avgPriceMins", 5}})})},
       {"permissions", json::Array{}},
       {"permissionSets", json::array({json::array({"SPOT"})})},
       {"defaultSelfTradePreventionMode", "EXPIRE_MAKER"},
       {"allowedSelfTradePreventionModes",
        json::array({"EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"})}});
}

json::Value futures_symbol(const Instrument& i) {
  return json::object(
      {{"symbol", i.symbol},
       {"pair", i.symbol},
       {"contractType", "PERPETUAL"},
       {"deliveryDate", int64_t{4133404800000}},
       {"onboardDate", int64_t{1569398400000}},
       {"status", "TRADING"},
       {"maintMarginPercent", "2.5000"},
       {"requiredMarginPercent", "5.0000"},
       {"baseAsset", i.base},
       {"quoteAsset", i.quote},
       {"marginAsset", i.quote},
       {"pricePrecision", 2},
       {"quantityPrecision", 3},
       {"baseAssetPrecision", 8},
       {"quotePrecision", 8},
       {"underlyingType", "COIN"},
       {"underlyingSubType", json::Array{}},
       {"triggerProtect", "0.0500"},
       {"liquidationFee", "0.012500"},
       {"marketTakeBound", "0.05"},
       {"filters",
        json::array(
            {price_filter(i), lot_filter("LOT_SIZE", i), lot_filter("MARKET_LOT_SIZE", i),
             json::object({{"filterType", "MAX_NUM_ORDERS"}, {"limit", 200}}),
             json::object({{"filterType", "MIN_NOTIONAL"}, {"notional", i.min_notional.str()}})})},
       {"orderTypes", json::array({"LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT",
                                   "TAKE_PROFIT_MARKET"})},
       {"timeInForce", json::array({"GTC", "IOC", "FOK", "GTX"})}});
}

// One symbol, a JSON list of symbols, or all.
Answer<json::Value> symbols_of(const Call& call, Product product,
                               json::Value (*describe)(const Instrument&)) {
  const std::string_view one = call.param("symbol"), several = call.param("symbols");
  json::Array symbols;
  for (const Instrument* i : call.venue.engine().instruments()) {
    if (i->product != product || (!one.empty() && i->symbol != one)) continue;
    if (!several.empty() && several.find("\"" + i->symbol + "\"") == several.npos) continue;
    symbols.push_back(describe(*i));
  }
  if (symbols.empty()) return failure(-1121, "Invalid symbol.");
  return json::Value(std::move(symbols));
}

}  // namespace

Reply ping(const Call&) { return json::Value(json::Object{}); }

Reply server_time(const Call& call) { return json::object({{"serverTime", epoch_ms(call.now)}}); }

Reply system_status(const Call&) { return json::object({{"status", 0}, {"msg", "normal"}}); }

Reply spot_exchange_info(const Call& call) {
  KS_REPLY_TRY(json::Value symbols, symbols_of(call, Product::kSpot, spot_symbol));
  return json::object({{"timezone", "UTC"},
                       {"serverTime", epoch_ms(call.now)},
                       {"rateLimits", json::array({rate_limit("REQUEST_WEIGHT", "MINUTE", 1, 6000),
                                                   rate_limit("ORDERS", "SECOND", 10, 100),
                                                   rate_limit("ORDERS", "DAY", 1, 200000)})},
                       {"exchangeFilters", json::Array{}},
                       {"symbols", std::move(symbols)}});
}

Reply futures_exchange_info(const Call& call) {
  KS_REPLY_TRY(json::Value symbols, symbols_of(call, Product::kLinear, futures_symbol));
  return json::object({{"timezone", "UTC"},
                       {"serverTime", epoch_ms(call.now)},
                       {"futuresType", "U_MARGINED"},
                       {"rateLimits", json::array({rate_limit("REQUEST_WEIGHT", "MINUTE", 1, 2400),
                                                   rate_limit("ORDERS", "MINUTE", 1, 1200),
                                                   rate_limit("ORDERS", "SECOND", 10, 300)})},
                       {"exchangeFilters", json::Array{}},
                       {"assets", json::array({json::object({{"asset", "USDT"},
                                                             {"marginAvailable", true},
                                                             {"autoAssetExchange", "-10000"}})})},
                       {"symbols", std::move(symbols)}});
}

Reply no_symbols(const Call& call) {
  return json::object({{"timezone", "UTC"},
                       {"serverTime", epoch_ms(call.now)},
                       {"rateLimits", json::Array{}},
                       {"exchangeFilters", json::Array{}},
                       {"symbols", json::Array{}}});
}

Reply no_option_symbols(const Call& call) {
  return json::object({{"timezone", "UTC"},
                       {"serverTime", epoch_ms(call.now)},
                       {"optionContracts", json::Array{}},
                       {"optionAssets", json::Array{}},
                       {"optionSymbols", json::Array{}},
                       {"rateLimits", json::Array{}}});
}

Reply empty_list(const Call&) { return json::Value(json::Array{}); }

}  // namespace keystile::sandbox::binance
