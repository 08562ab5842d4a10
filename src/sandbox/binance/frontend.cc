#include "sandbox/binance/frontend.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/binance/binance.h"
#include "sandbox/binance/handlers.h"
#include "sandbox/binance/streams.h"

namespace keystile::sandbox::binance {
namespace {

using exchanges::Access;
using exchanges::Param;
using exchanges::ParamSource;

struct Entry {
  std::string_view method, path;
  Reply (*handler)(const Call&);
  std::string_view permission = "";  // of the key; empty: none
  uint32_t weight = 1;
  bool counts_as_order = false;
  bool by_account = false;  // weighs on the account ("UID"), not on the address
};

constexpr Entry kEntries[] = {
    {"GET", "/api/v3/ping", ping},
    {"GET", "/api/v3/time", server_time},
    {"GET", "/api/v3/exchangeInfo", spot_exchange_info, "", 20},
    {"GET", "/api/v3/depth", depth, "", 5},
    {"GET", "/api/v3/trades", trades, "", 25},
    {"GET", "/api/v3/historicalTrades", trades, "", 25},
    {"GET", "/api/v3/aggTrades", aggregate_trades, "", 4},
    {"GET", "/api/v3/klines", klines, "", 2},
    {"GET", "/api/v3/uiKlines", klines, "", 2},
    {"GET", "/api/v3/avgPrice", average_price, "", 2},
    {"GET", "/api/v3/ticker", ticker_day, "", 4},
    {"GET", "/api/v3/ticker/24hr", ticker_day, "", 2},
    {"GET", "/api/v3/ticker/tradingDay", ticker_day, "", 4},
    {"GET", "/api/v3/ticker/price", ticker_price, "", 2},
    {"GET", "/api/v3/ticker/bookTicker", ticker_book, "", 2},
    {"GET", "/api/v3/account", spot_account, "read", 20},
    {"GET", "/api/v3/rateLimit/order", order_rate, "read", 40},
    {"POST", "/api/v3/order", place_spot, "spot-trade", 1, true},
    {"POST", "/api/v3/order/test", test_spot, "spot-trade"},
    {"GET", "/api/v3/order", query_spot, "read", 4},
    {"DELETE", "/api/v3/order", cancel_spot, "spot-trade"},
    {"POST", "/api/v3/order/cancelReplace", replace_spot, "spot-trade", 1, true},
    {"PUT", "/api/v3/order/amend/keepPriority", amend_spot, "spot-trade", 4},
    {"GET", "/api/v3/openOrders", open_spot, "read", 6},
    {"DELETE", "/api/v3/openOrders", cancel_all_spot, "spot-trade"},
    {"GET", "/api/v3/allOrders", all_spot, "read", 20},
    {"GET", "/api/v3/myTrades", my_trades, "read", 20},
    {"POST", "/api/v3/order/oco", place_old_oco, "spot-trade", 1, true},
    {"POST", "/api/v3/orderList/oco", place_oco, "spot-trade", 1, true},
    {"GET", "/api/v3/orderList", query_list, "read", 4},
    {"DELETE", "/api/v3/orderList", cancel_list, "spot-trade"},
    {"GET", "/api/v3/openOrderList", open_lists, "read", 6},
    {"GET", "/api/v3/allOrderList", all_lists, "read", 20},

    {"GET", "/sapi/v1/system/status", system_status},
    {"GET", "/sapi/v1/account/apiRestrictions", api_restrictions, "read"},
    {"GET", "/sapi/v1/account/status", account_status, "read"},
    {"GET", "/sapi/v1/account/apiTradingStatus", api_trading_status, "read"},
    {"GET", "/sapi/v1/asset/tradeFee", trade_fee, "read"},
    {"POST", "/sapi/v3/asset/getUserAsset", user_assets, "read", 5},
    {"POST", "/sapi/v1/asset/get-funding-asset", funding_assets, "read"},
    {"GET", "/sapi/v1/margin/allPairs", empty_list},
    {"GET", "/sapi/v1/margin/isolated/allPairs", empty_list},
    {"GET", "/sapi/v1/margin/allAssets", empty_list},
    {"GET", "/sapi/v1/capital/config/getall", coins, "read", 10},
    {"GET", "/sapi/v1/capital/deposit/address", deposit_address, "read", 10},
    {"GET", "/sapi/v1/capital/deposit/hisrec", deposit_history, "read"},
    {"POST", "/sapi/v1/capital/withdraw/apply", withdraw, "withdraw", 900, false, true},
    {"GET", "/sapi/v1/capital/withdraw/history", withdraw_history, "read", 100, false, true},
    {"GET", "/sapi/v1/capital/withdraw/address/list", saved_addresses, "read", 10},
    {"POST", "/sapi/v1/asset/transfer", wallet_transfer, "transfer", 900, false, true},
    {"GET", "/sapi/v1/asset/transfer", wallet_transfers, "read"},
    {"GET", "/sapi/v1/sub-account/list", sub_accounts, "read"},
    {"POST", "/sapi/v1/sub-account/universalTransfer", sub_transfer, "sub-transfer"},
    {"GET", "/sapi/v1/sub-account/universalTransfer", sub_transfers, "read"},
    // As on Binance: the permission to trade is enough for these two.
    {"POST", "/sapi/v1/sub-account/transfer/subToSub", sub_to_sub, "spot-trade"},
    {"POST", "/sapi/v1/sub-account/transfer/subToMaster", sub_to_master, "spot-trade"},

    {"GET", "/fapi/v1/ping", ping},
    {"GET", "/fapi/v1/time", server_time},
    {"GET", "/fapi/v1/exchangeInfo", futures_exchange_info},
    {"GET", "/fapi/v1/depth", depth, "", 5},
    {"GET", "/fapi/v1/trades", trades, "", 5},
    {"GET", "/fapi/v1/aggTrades", aggregate_trades, "", 20},
    {"GET", "/fapi/v1/klines", klines, "", 2},
    {"GET", "/fapi/v1/ticker/24hr", ticker_day},
    {"GET", "/fapi/v1/ticker/price", ticker_price},
    {"GET", "/fapi/v2/ticker/price", ticker_price},
    {"GET", "/fapi/v1/ticker/bookTicker", ticker_book, "", 2},
    {"GET", "/fapi/v1/premiumIndex", premium_index},
    {"GET", "/fapi/v1/fundingRate", funding_rate},
    {"GET", "/fapi/v1/fundingInfo", empty_list},
    {"GET", "/fapi/v1/openInterest", open_interest},
    {"POST", "/fapi/v1/order", place_futures, "futures", 1, true},
    {"POST", "/fapi/v1/order/test", test_futures, "futures"},
    {"PUT", "/fapi/v1/order", amend_futures, "futures", 1, true},
    {"GET", "/fapi/v1/order", query_futures, "read"},
    {"GET", "/fapi/v1/openOrder", query_futures, "read"},
    {"DELETE", "/fapi/v1/order", cancel_futures, "futures"},
    {"POST", "/fapi/v1/batchOrders", batch_futures, "futures", 5, true},
    {"DELETE", "/fapi/v1/batchOrders", cancel_batch_futures, "futures"},
    {"DELETE", "/fapi/v1/allOpenOrders", cancel_all_futures, "futures"},
    {"GET", "/fapi/v1/openOrders", open_futures, "read", 1},
    {"GET", "/fapi/v1/allOrders", all_futures, "read", 5},
    {"GET", "/fapi/v1/userTrades", futures_trades, "read", 5},
    {"POST", "/fapi/v1/algoOrder", place_algo, "futures", 1, true},
    {"DELETE", "/fapi/v1/algoOrder", cancel_algo, "futures"},
    {"GET", "/fapi/v1/algoOrder", query_algo, "read"},
    {"GET", "/fapi/v1/openAlgoOrders", open_algo, "read"},
    {"DELETE", "/fapi/v1/algoOpenOrders", cancel_all_algo, "futures"},
    {"GET", "/fapi/v2/balance", futures_balance, "read", 5},
    {"GET", "/fapi/v3/balance", futures_balance, "read", 5},
    {"GET", "/fapi/v2/account", futures_account, "read", 5},
    {"GET", "/fapi/v3/account", futures_account, "read", 5},
    {"GET", "/fapi/v2/positionRisk", position_risk, "read", 5},
    {"GET", "/fapi/v3/positionRisk", position_risk, "read", 5},
    {"GET", "/fapi/v1/accountConfig", account_config, "read", 5},
    {"GET", "/fapi/v1/symbolConfig", symbol_config, "read", 5},
    {"GET", "/fapi/v1/leverageBracket", leverage_bracket, "read"},
    {"GET", "/fapi/v1/income", empty_list, "read", 30},
    {"GET", "/fapi/v1/positionSide/dual", position_mode, "read", 30},
    {"GET", "/fapi/v1/multiAssetsMargin", multi_assets_mode, "read", 30},
    {"POST", "/fapi/v1/leverage", set_leverage, "futures"},
    {"POST", "/fapi/v1/marginType", set_margin_type, "futures"},
    {"POST", "/fapi/v1/positionSide/dual", set_position_mode, "futures"},

    {"GET", "/dapi/v1/ping", ping},
    {"GET", "/dapi/v1/time", server_time},
    {"GET", "/dapi/v1/exchangeInfo", no_symbols},
    {"GET", "/dapi/v1/premiumIndex", empty_list},
    {"GET", "/dapi/v1/ticker/price", empty_list},
    {"GET", "/dapi/v1/ticker/24hr", empty_list},
    {"GET", "/dapi/v1/ticker/bookTicker", empty_list},
    {"GET", "/eapi/v1/ping", ping},
    {"GET", "/eapi/v1/time", server_time},
    {"GET", "/eapi/v1/exchangeInfo", no_option_symbols},
    {"GET", "/eapi/v1/mark", empty_list},
};

struct WeightLimit {
  std::string_view header;
  uint32_t per_minute;
};

WeightLimit weight_limit(const Entry& entry) {
  if (entry.by_account) return {"X-SAPI-USED-UID-WEIGHT-1M", 180000};
  if (entry.path.starts_with("/sapi/")) return {"X-SAPI-USED-IP-WEIGHT-1M", 12000};
  if (entry.path.starts_with("/api/")) return {"X-MBX-USED-WEIGHT-1M", 6000};
  return {"X-MBX-USED-WEIGHT-1M", 2400};
}

Failure bad_key() { return {-2015, "Invalid API-key, IP, or permissions for action.", 401, {}}; }

// Binance shows that a private route lacks something by naming the parameter.
Failure bad_credentials(const Error& error, const HttpRequest& request) {
  if (count_headers(request.headers, "X-MBX-APIKEY") != 1 ||
      find_header(request.headers, "X-MBX-APIKEY")->empty()) {
    return {-2014, "API-key format invalid.", 401, {}};
  }
  const std::string_view name =
      error.message.find("signature") != std::string::npos ? "signature" : "timestamp";
  return {-1102,
          fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or malformed.", name),
          400,
          {}};
}

// A request for a path that the real one knows, but this one does not, says so.
HttpResponse unserved(const exchanges::Route* route) {
  if (route) return answer(failure(-1020, "The sandbox does not simulate this operation."));
  return {404, {{"Content-Type", "text/html"}}, "<html><body>404 Not Found</body></html>"};
}

Answer<std::vector<Param>> read_params(const HttpRequest& request) {
  auto params = exchanges::parse_params(request.query, ParamSource::kQuery, true);
  auto body = exchanges::parse_params(request.body, ParamSource::kBody, true);
  if (!params || !body) return failure(-1100, "Illegal characters found in a parameter.");
  for (const auto* part : {&*params, &*body}) {
    for (size_t i = 0; i < part->size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if ((*part)[i].name == (*part)[j].name) {
          return failure(-1101, "Duplicate values for a parameter detected.");
        }
      }
    }
  }
  params->insert(params->end(), body->begin(), body->end());
  return std::move(*params);
}

class BinanceFrontend final : public Frontend {
 public:
  explicit BinanceFrontend(Venue& venue) : venue_(venue) {}
  std::string_view exchange() const override { return "binance"; }

  std::unique_ptr<MarketStream> open_stream(const HttpRequest& request) override {
    return binance::open_stream(venue_, request);
  }

  HttpResponse handle(const HttpRequest& request, const std::string& peer_address,
                      WallTime now) override {
    const auto* entry = std::find_if(std::begin(kEntries), std::end(kEntries), [&](const Entry& e) {
      return e.path == request.path && e.method == request.method;
    });
    const exchanges::Route* route = protocol_.routes().find(request.method, request.path);
    if (entry == std::end(kEntries) || !route) return unserved(route);

    Headers usage;
    HttpResponse response = serve(*entry, *route, request, peer_address, now, &usage);
    response.headers.insert(response.headers.end(), usage.begin(), usage.end());
    return response;
  }

 private:
  HttpResponse serve(const Entry& entry, const exchanges::Route& route, const HttpRequest& request,
                     const std::string& peer, WallTime now, Headers* usage) {
    if (!entry.by_account) {
      if (auto refused = charge_weight(entry, peer, now, usage)) return *refused;
    }
    auto params = read_params(request);
    if (!params) return answer(tl::unexpected<Failure>(params.error()));
    Call call{venue_, request, now, std::move(*params), nullptr, kHouse};
    if (route.access != Access::kPublic) {
      const auto key = authenticate(entry, route, request, peer, now);
      if (!key) return answer(tl::unexpected<Failure>(key.error()));
      call.key = *key;
      call.account = (*key)->account;
    }
    if (entry.by_account) {
      const std::string account = "uid" + std::to_string(number(call.account));
      if (auto refused = charge_weight(entry, account, now, usage)) return *refused;
    }
    if (entry.counts_as_order) {
      if (auto refused = charge_order(call, usage)) return *refused;
    }
    return answer(entry.handler(call));
  }

  // In the order that Binance is seen to check: form, time, key and address, signature, permission.
  Answer<const ApiKey*> authenticate(const Entry& entry, const exchanges::Route& route,
                                     const HttpRequest& request, const std::string& peer,
                                     WallTime now) {
    const auto credentials = protocol_.credentials(request, route);
    if (!credentials) {
      return tl::unexpected<Failure>(bad_credentials(credentials.error(), request));
    }
    if (credentials->timestamp) {
      if (*credentials->timestamp >= now + Millis(1000)) {
        return failure(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
      }
      if (now - *credentials->timestamp > credentials->window) {
        return failure(-1021, "Timestamp for this request is outside of the recvWindow.");
      }
    }
    const ApiKey* key = venue_.accounts().find_key(credentials->key_id);
    if (!key || key->expired(now) || !key->allows_address(peer)) {
      return tl::unexpected<Failure>(bad_key());
    }
    if (route.access == Access::kSigned && !protocol_.verify(*credentials, key->key)) {
      return failure(-1022, "Signature for this request is not valid.");
    }
    if (!entry.permission.empty() && !key->may(entry.permission)) {
      return tl::unexpected<Failure>(bad_key());
    }
    return key;
  }

  std::optional<HttpResponse> charge_weight(const Entry& entry, const std::string& who,
                                            WallTime now, Headers* usage) {
    const WeightLimit limit = weight_limit(entry);
    const std::string family(entry.path.substr(1, entry.path.find('/', 1) - 1));
    const auto use = venue_.rate_limits().charge("weight:" + family + ":" + who, entry.weight,
                                                 Millis(60'000), limit.per_minute, now);
    usage->push_back({std::string(limit.header), std::to_string(use.used)});
    if (use.allowed) return std::nullopt;
    return too_many(-1003,
                    fmt::format("Too much request weight used; current limit is {} request weight "
                                "per 1 MINUTE. Please use WebSocket Streams for live updates to "
                                "avoid polling the API.",
                                use.limit),
                    use.resets - now);
  }

  std::optional<HttpResponse> charge_order(const Call& call, Headers* usage) {
    const uint32_t limit = call.request.path.starts_with("/fapi/") ? 300 : 100;
    const auto use = venue_.rate_limits().charge("orders:" + std::to_string(number(call.account)),
                                                 1, Millis(10'000), limit, call.now);
    usage->push_back({"X-MBX-ORDER-COUNT-10S", std::to_string(use.used)});
    if (use.allowed) return std::nullopt;
    return too_many(
        -1015,
        fmt::format("Too many new orders; current limit is {} orders per 10 SECOND.", use.limit),
        use.resets - call.now);
  }

  static HttpResponse too_many(int code, std::string message, Millis wait) {
    HttpResponse response = answer(failure(code, std::move(message), 429));
    response.headers.push_back({"Retry-After", std::to_string(wait.count() / 1000 + 1)});
    return response;
  }

  Venue& venue_;
  const exchanges::Exchange& protocol_ = exchanges::binance::exchange();
};

}  // namespace

std::unique_ptr<Frontend> make_frontend(Venue& venue) {
  return std::make_unique<BinanceFrontend>(venue);
}

}  // namespace keystile::sandbox::binance
