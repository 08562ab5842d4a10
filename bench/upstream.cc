#include "bench/upstream.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace keystile::bench {
namespace {

std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const size_t begin = text.find(from);
  if (begin == text.npos) return {};
  text.remove_prefix(begin + from.size());
  return text.substr(0, text.find_first_of(to));
}

constexpr std::string_view kSymbols =
    R"({"timezone":"UTC","serverTime":1,"rateLimits":[],"symbols":[{"symbol":"BTCUSDT","status":"TRADING",)"
    R"("baseAsset":"BTC","quoteAsset":"USDT","isSpotTradingAllowed":true}]})";
constexpr std::string_view kPrices = R"([{"symbol":"BTCUSDT","price":"50000.00000000"}])";

}  // namespace

// Filled at once, as a limit order at the market's price is.
std::string order_answer(std::string_view client_order_id, WallTime now) {
  static uint64_t id = 1'000'000'000;
  ++id;
  return fmt::format(
      R"({{"symbol":"BTCUSDT","orderId":{},"orderListId":-1,"clientOrderId":"{}","transactTime":{},)"
      R"("price":"50000.00000000","origQty":"0.00100000","executedQty":"0.00100000",)"
      R"("origQuoteOrderQty":"0.00000000","cummulativeQuoteQty":"50.00000000","status":"FILLED",)"
      R"("timeInForce":"GTC","type":"LIMIT","side":"BUY","workingTime":{},"fills":[{{"price":"50000.00000000",)"
      R"("qty":"0.00100000","commission":"0.00000100","commissionAsset":"BTC","tradeId":{}}}],)"
      R"("selfTradePreventionMode":"NONE"}})",
      id, client_order_id, epoch_ms(now), epoch_ms(now), id);
}

std::string body_for(std::string_view target, WallTime now) {
  if (target.starts_with("/api/v3/time"))
    return fmt::format(R"({{"serverTime":{}}})", epoch_ms(now));
  if (target.starts_with("/api/v3/exchangeInfo")) return std::string(kSymbols);
  if (target.starts_with("/api/v3/ticker/price")) return std::string(kPrices);
  return order_answer(between(target, "origClientOrderId=", "&"), now);
}

bool answer_one(std::string_view* bytes, WallTime now, std::string* out) {
  const size_t head = bytes->find("\r\n\r\n");
  if (head == bytes->npos) return false;
  const auto length = parse_uint64(between(bytes->substr(0, head + 2), "Content-Length: ", "\r"));
  const size_t whole = head + 4 + length.value_or(0);
  if (bytes->size() < whole) return false;
  const std::string_view request = bytes->substr(0, whole);
  bytes->remove_prefix(whole);
  const std::string body = request.starts_with("POST")
                               ? order_answer(between(request, "newClientOrderId=", "&"), now)
                               : body_for(between(request, " ", " "), now);
  fmt::format_to(std::back_inserter(*out),
                 "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\n"
                 "Content-Length: {}\r\nConnection: keep-alive\r\nServer: nginx\r\n"
                 "x-mbx-uuid: 7f5c1d1e-9f1b-4a66-9c38-1c6d0d6a1a5e\r\nx-mbx-used-weight: 1\r\n"
                 "x-mbx-used-weight-1m: 1\r\nx-mbx-order-count-10s: 1\r\n"
                 "x-mbx-order-count-1d: 1\r\nCache-Control: no-cache, no-store\r\n\r\n{}",
                 body.size(), body);
  return true;
}

}  // namespace keystile::bench
