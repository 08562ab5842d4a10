#include "sandbox/okx/frontend.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/okx/okx.h"
#include "exchanges/params.h"
#include "sandbox/okx/handlers.h"
#include "sandbox/okx/streams.h"

namespace keystile::sandbox::okx {
namespace {

constexpr Millis kTimeWindow{30000};
constexpr Millis kRateWindow{2000};
constexpr uint32_t kRateLimit = 60;  // requests of one user (or address) to one route

enum class Need { kNothing, kRead, kTrade, kWithdraw };

struct Entry {
  std::string_view method, path;
  Need need;
  Reply (*data)(const Call&);
  HttpResponse (*whole)(const Call&) = nullptr;  // for handlers with an envelope of their own
};

constexpr Entry kEntries[] = {
    {"GET", "/api/v5/public/time", Need::kNothing, server_time},
    {"GET", "/api/v5/system/status", Need::kNothing, status},
    {"GET", "/api/v5/public/instruments", Need::kNothing, instruments},
    {"GET", "/api/v5/public/mark-price", Need::kNothing, mark_price},
    {"GET", "/api/v5/market/tickers", Need::kNothing, tickers},
    {"GET", "/api/v5/market/ticker", Need::kNothing, ticker},
    {"GET", "/api/v5/market/books", Need::kNothing, books},
    {"GET", "/api/v5/market/books-full", Need::kNothing, books},
    {"GET", "/api/v5/market/candles", Need::kNothing, candles},
    {"GET", "/api/v5/market/history-candles", Need::kNothing, candles},
    {"GET", "/api/v5/market/trades", Need::kNothing, public_trades},
    {"GET", "/api/v5/market/history-trades", Need::kNothing, public_trades},

    {"POST", "/api/v5/trade/order", Need::kTrade, nullptr, place_order},
    {"POST", "/api/v5/trade/batch-orders", Need::kTrade, nullptr, place_orders},
    {"POST", "/api/v5/trade/amend-order", Need::kTrade, nullptr, amend_order},
    {"POST", "/api/v5/trade/amend-batch-orders", Need::kTrade, nullptr, amend_orders},
    {"POST", "/api/v5/trade/cancel-order", Need::kTrade, nullptr, cancel_order},
    {"POST", "/api/v5/trade/cancel-batch-orders", Need::kTrade, nullptr, cancel_orders},
    {"POST", "/api/v5/trade/close-position", Need::kTrade, close_position},
    {"POST", "/api/v5/trade/cancel-all-after", Need::kTrade, cancel_all_after},
    {"POST", "/api/v5/trade/order-algo", Need::kTrade, nullptr, place_algo},
    {"POST", "/api/v5/trade/amend-algos", Need::kTrade, nullptr, amend_algo},
    {"POST", "/api/v5/trade/cancel-algos", Need::kTrade, nullptr, cancel_algos},
    {"GET", "/api/v5/trade/order-algo", Need::kRead, algo_order},
    {"GET", "/api/v5/trade/orders-algo-pending", Need::kRead, algos_pending},
    {"GET", "/api/v5/trade/orders-algo-history", Need::kRead, algos_history},
    {"GET", "/api/v5/trade/order", Need::kRead, order},
    {"GET", "/api/v5/trade/orders-pending", Need::kRead, orders_pending},
    {"GET", "/api/v5/trade/orders-history", Need::kRead, orders_history},
    {"GET", "/api/v5/trade/orders-history-archive", Need::kRead, orders_history},
    {"GET", "/api/v5/trade/fills", Need::kRead, fills},
    {"GET", "/api/v5/trade/fills-history", Need::kRead, fills},

    {"GET", "/api/v5/account/balance", Need::kRead, balance},
    {"GET", "/api/v5/account/config", Need::kRead, config},
    {"GET", "/api/v5/account/positions", Need::kRead, positions},
    {"GET", "/api/v5/account/instruments", Need::kRead, instruments},
    {"GET", "/api/v5/account/leverage-info", Need::kRead, leverage_info},
    {"GET", "/api/v5/account/trade-fee", Need::kRead, trade_fee},
    {"POST", "/api/v5/account/set-leverage", Need::kTrade, set_leverage},
    {"POST", "/api/v5/account/set-position-mode", Need::kTrade, set_position_mode},
    {"GET", "/api/v5/users/subaccount/list", Need::kRead, subaccounts},
    {"GET", "/api/v5/account/subaccount/balances", Need::kRead, subaccount_trading_balances},
    {"GET", "/api/v5/asset/subaccount/balances", Need::kRead, subaccount_funding_balances},

    {"GET", "/api/v5/asset/currencies", Need::kRead, currencies},
    {"GET", "/api/v5/asset/balances", Need::kRead, funding_balances},
    {"POST", "/api/v5/asset/transfer", Need::kTrade, transfer},
    {"POST", "/api/v5/asset/subaccount/transfer", Need::kTrade, subaccount_transfer},
    {"GET", "/api/v5/asset/transfer-state", Need::kRead, transfer_state},
    {"POST", "/api/v5/asset/withdrawal", Need::kWithdraw, withdraw},
    {"POST", "/api/v5/asset/cancel-withdrawal", Need::kTrade, cancel_withdrawal},
    {"GET", "/api/v5/asset/withdrawal-history", Need::kRead, withdrawal_history},
    {"GET", "/api/v5/asset/deposit-address", Need::kRead, deposit_address},
    {"GET", "/api/v5/asset/deposit-history", Need::kRead, deposit_history},
};

struct RequiredHeader {
  std::string_view name, missing_code;
};
constexpr RequiredHeader kHeaders[] = {{"OK-ACCESS-KEY", "50103"},
                                       {"OK-ACCESS-PASSPHRASE", "50104"},
                                       {"OK-ACCESS-SIGN", "50106"},
                                       {"OK-ACCESS-TIMESTAMP", "50107"}};

bool permitted(const ApiKey& key, Need need) {
  switch (need) {
    case Need::kNothing:
      return true;
    case Need::kRead:
      return key.may("read") || may_trade(key);
    case Need::kTrade:
      return may_trade(key);
    case Need::kWithdraw:
      return key.may("withdraw");
  }
  return false;
}

class OkxFrontend final : public Frontend {
 public:
  explicit OkxFrontend(Venue& venue) : venue_(venue) {}
  std::string_view exchange() const override { return "okx"; }

  std::unique_ptr<MarketStream> open_stream(const HttpRequest& request) override {
    return okx::open_stream(venue_, request);
  }

  HttpResponse handle(const HttpRequest& request, const std::string& peer_address,
                      WallTime now) override {
    const auto* entry = std::find_if(std::begin(kEntries), std::end(kEntries), [&](const Entry& e) {
      return e.path == request.path && e.method == request.method;
    });
    if (entry == std::end(kEntries)) return unknown_route(request);
    Call call{.venue = venue_, .request = request, .now = now};
    if (entry->need != Need::kNothing) {
      if (auto refused = authenticate(request, peer_address, now, &call)) return *refused;
    }
    if (auto refused = charge(*entry, call, peer_address)) return *refused;
    if (call.key && !permitted(*call.key, entry->need)) {
      return envelope("50120", "This API key doesn't have permission to use this function",
                      json::Value(json::Array{}));
    }
    if (auto refused = read_parameters(&call)) return *refused;
    return entry->whole ? entry->whole(call) : envelope(entry->data(call));
  }

 private:
  static HttpResponse unknown_route(const HttpRequest& request) {
    const bool other_method = std::any_of(std::begin(kEntries), std::end(kEntries),
                                          [&](const Entry& e) { return e.path == request.path; });
    if (other_method) {
      return envelope("50115", "Invalid request method.", json::Value(json::Array{}), 405);
    }
    return envelope("404", "Not Found", json::Value(json::Object{}), 404);
  }

  std::optional<HttpResponse> authenticate(const HttpRequest& request, const std::string& peer,
                                           WallTime now, Call* call) {
    for (const RequiredHeader& header : kHeaders) {
      const std::string* value = find_header(request.headers, header.name);
      if (!value || value->empty()) {
        return rejected(header.missing_code,
                        fmt::format("Request header \"{}\" can't be empty.", header.name));
      }
    }
    const auto credentials = exchanges::okx::exchange().credentials(request, exchanges::Route{});
    if (!credentials) {
      return credentials.error().code == "timestamp.malformed"
                 ? rejected("50112", "Invalid OK-ACCESS-TIMESTAMP")
                 : rejected("50114", "Invalid authorization.");
    }
    const ApiKey* key = venue_.accounts().find_key(credentials->key_id);
    if (!key || key->expired(now)) return rejected("50119", "API key doesn't exist");
    if (!key->allows_address(peer)) {
      return rejected("50110", fmt::format("Your IP {} is not included in your API key's {} IP "
                                           "whitelist.",
                                           peer, key->id));
    }
    const Millis distance = std::chrono::abs(now - *credentials->timestamp);
    if (distance > kTimeWindow) return rejected("50102", "Timestamp request expired");
    if (!exchanges::okx::exchange().verify(*credentials, key->key)) {
      return rejected("50113", "Invalid Sign");
    }
    if (!key->passphrase.equals(credentials->passphrase)) {
      return rejected("50105", "Request header \"OK-ACCESS-PASSPHRASE\" incorrect.");
    }
    call->key = key;
    call->account = key->account;
    return std::nullopt;
  }

  std::optional<HttpResponse> charge(const Entry& entry, const Call& call,
                                     const std::string& peer) {
    const std::string who =
        call.key ? "user:" + std::to_string(number(call.account)) : "ip:" + peer;
    const auto use =
        venue_.rate_limits().charge(fmt::format("{} {}{}", who, entry.method, entry.path), 1,
                                    kRateWindow, kRateLimit, call.now);
    if (use.allowed) return std::nullopt;
    return envelope("50011", "Too Many Requests", json::Value(json::Array{}), 429);
  }

  static std::optional<HttpResponse> read_parameters(Call* call) {
    const json::Value none{json::Array{}};
    if (call->request.method == "GET") {
      const auto params =
          exchanges::parse_params(call->request.query, exchanges::ParamSource::kQuery, true);
      if (!params) return envelope("51000", "Parameter error", none, 400);
      for (const exchanges::Param& param : *params) call->params.set(param.name, param.value);
      return std::nullopt;
    }
    const std::string* type = find_header(call->request.headers, "Content-Type");
    if (!type || type->find("application/json") == type->npos) {
      return envelope("50006", "Invalid Content-Type, please use application/json", none, 400);
    }
    if (call->request.body.empty()) return envelope("50000", "Body cannot be empty", none, 400);
    auto body = json::parse(call->request.body);
    if (!body || (!body->if_object() && !body->if_array())) {
      return envelope("50002", "JSON syntax error", none, 400);
    }
    call->body = std::move(*body);
    return std::nullopt;
  }

  Venue& venue_;
};

}  // namespace

std::unique_ptr<Frontend> make_frontend(Venue& venue) {
  return std::make_unique<OkxFrontend>(venue);
}

}  // namespace keystile::sandbox::okx
