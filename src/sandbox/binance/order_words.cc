#include "sandbox/binance/order_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "sandbox/money.h"

namespace keystile::sandbox::binance {
namespace {

std::string prefix_of(Product product) { return product == Product::kLinear ? "f/" : "s/"; }

const std::string& tag(const Order& order, std::string_view name) {
  static const std::string none;
  const auto found = order.request.tags.find(name);
  return found == order.request.tags.end() ? none : found->second;
}

std::string trigger_price(const Order& order) {
  return fixed(order.request.trigger ? order.request.trigger->price : Decimal());
}

bool is_client_id(std::string_view text) {
  return text.size() <= 36 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '.' || c == ':' || c == '/' || c == '_' || c == '-';
         });
}

constexpr uint64_t kAlgoNumbers = 1'000'000'000;  // where algoIds begin

// An algo order. What it places when it fires is an order like others, by the venue's number.
bool waits(const Order& order) { return is_algo(order) && !order.triggered; }

}  // namespace

std::string stored_id(Product product, std::string_view client_id) {
  return prefix_of(product) + std::string(client_id);
}

std::string shown_id(const Order& order) {
  return order.request.client_id.size() < 2 ? std::string() : order.request.client_id.substr(2);
}

std::string made_up_id(const Call& call) {
  return fmt::format("sandbox{:015}", call.venue.engine().orders(call.account).size() + 1);
}

std::string_view status_word(const Order& order) {
  switch (order.status) {
    case OrderStatus::kUntriggered:
    case OrderStatus::kNew:
      return "NEW";
    case OrderStatus::kPartiallyFilled:
      return "PARTIALLY_FILLED";
    case OrderStatus::kFilled:
      return "FILLED";
    case OrderStatus::kCancelled:
      if (order.reason == "order.self_trade") return "EXPIRED_IN_MATCH";
      return order.reason.empty() ? "CANCELED" : "EXPIRED";
    case OrderStatus::kExpired:
      return "EXPIRED";
  }
  return "NEW";
}

std::string_view side_word(Side side) { return side == Side::kBuy ? "BUY" : "SELL"; }

std::string_view time_in_force_word(const Order& order) {
  switch (order.request.time_in_force) {
    case TimeInForce::kGtc:
      return "GTC";
    case TimeInForce::kIoc:
      return "IOC";
    case TimeInForce::kFok:
      return "FOK";
    case TimeInForce::kPostOnly:
      return order.instrument->product == Product::kLinear ? "GTX" : "GTC";
  }
  return "GTC";
}

std::string type_word(const Order& order) { return tag(order, "type"); }
bool is_algo(const Order& order) { return tag(order, "algo") == "1"; }

uint64_t algo_number(const Order& order) { return number(order.id) + kAlgoNumbers; }

Answer<Side> read_side(const Call& call, std::string_view name) {
  KS_REPLY_TRY(const std::string side, call.require(name));
  if (side == "BUY") return Side::kBuy;
  if (side == "SELL") return Side::kSell;
  return failure(-1117, "Invalid side.");
}

Answer<TimeInForce> read_time_in_force(const Call& call, std::string_view name) {
  const std::string_view word = call.param(name);
  if (word.empty() || word == "GTC") return TimeInForce::kGtc;
  if (word == "IOC") return TimeInForce::kIoc;
  if (word == "FOK") return TimeInForce::kFok;
  if (word == "GTX" && call.request.path.starts_with("/fapi/")) return TimeInForce::kPostOnly;
  return failure(-1115, "Invalid timeInForce.");
}

Trigger trigger_of(std::string_view type, Side side, const Decimal& price) {
  const bool profit = type.starts_with("TAKE_PROFIT");
  const bool above = profit == (side == Side::kSell);
  return {price, above ? TriggerWhen::kAtOrAbove : TriggerWhen::kAtOrBelow};
}

Answer<std::string> read_client_id(const Call& call, std::string_view name) {
  const std::string_view given = call.param(name);
  if (given.empty()) return made_up_id(call);
  if (!is_client_id(given)) {
    return failure(-1100, fmt::format("Illegal characters found in parameter '{}'; legal range is "
                                      "'^[\\.A-Z\\:/a-z0-9_-]{{1,36}}$'.",
                                      name));
  }
  return std::string(given);
}

Answer<const Order*> find_order(const Call& call, Product product, std::string_view id_param,
                                std::string_view client_id_param) {
  KS_REPLY_TRY(const auto id, call.whole(id_param));
  const bool algo = id_param == "algoId";
  OrderKey key;
  if (id) {
    key.id = OrderId{algo ? *id - std::min(*id, kAlgoNumbers) : *id};
  } else if (!call.param(client_id_param).empty()) {
    key.client_id = stored_id(product, call.param(client_id_param));
  } else {
    return failure(-1102, fmt::format("Param '{}' or '{}' must be sent, but both were empty/null!",
                                      client_id_param, id_param));
  }
  const Order* order = call.venue.engine().find(call.account, key);
  if (!order || order->instrument->product != product) return nullptr;
  if (algo ? !is_algo(*order) : waits(*order)) return nullptr;
  const std::string_view symbol = call.param("symbol");
  if (!symbol.empty() && order->instrument->symbol != symbol) return nullptr;
  return order;
}

OrderKey key_of(const Order& order) { return {order.id, {}}; }

std::vector<const Order*> orders_of(const Call& call, Product product, bool algo) {
  auto orders = call.venue.engine().orders(call.account);
  const std::string_view symbol = call.param("symbol");
  std::erase_if(orders, [&](const Order* o) {
    return o->instrument->product != product || waits(*o) != algo ||
           (!symbol.empty() && o->instrument->symbol != symbol);
  });
  return orders;
}

std::vector<const Order*> open_orders_of(const Call& call, Product product, bool algo) {
  auto orders = orders_of(call, product, algo);
  std::erase_if(orders, [](const Order* o) { return !o->open(); });
  return orders;
}

Decimal shown_quantity(const Order& order) {
  return order.request.quote_quantity ? order.filled : order.request.quantity;
}

json::Value spot_order(const Order& order) {
  return json::object(
      {{"symbol", order.instrument->symbol},
       {"orderId", number(order.id)},
       {"orderListId", order.list ? json::Value(number(*order.list)) : -1},
       {"clientOrderId", shown_id(order)},
       {"price", fixed(order.request.price)},
       {"origQty", fixed(shown_quantity(order))},
       {"executedQty", fixed(order.filled)},
       {"cummulativeQuoteQty", fixed(order.filled_quote)},
       {"status", status_word(order)},
       {"timeInForce", time_in_force_word(order)},
       {"type", type_word(order)},
       {"side", side_word(order.request.side)},
       {"stopPrice", trigger_price(order)},
       {"icebergQty", "0.00000000"},
       {"time", epoch_ms(order.created)},
       {"updateTime", epoch_ms(order.updated)},
       {"isWorking", order.status != OrderStatus::kUntriggered},
       {"workingTime", order.status == OrderStatus::kUntriggered
                           ? json::Value(-1)
                           : json::Value(epoch_ms(order.updated))},
       {"origQuoteOrderQty", fixed(order.request.quote_quantity.value_or(Decimal()))},
       {"selfTradePreventionMode", "EXPIRE_MAKER"}});
}

json::Value cancelled_spot_order(const Call& call, const Order& order) {
  const std::string_view own = call.param("newClientOrderId");
  return json::object(
      {{"symbol", order.instrument->symbol},
       {"origClientOrderId", shown_id(order)},
       {"orderId", number(order.id)},
       {"orderListId", order.list ? json::Value(number(*order.list)) : -1},
       {"clientOrderId",
        own.empty() ? fmt::format("cancel{:016}", number(order.id)) : std::string(own)},
       {"transactTime", epoch_ms(call.now)},
       {"price", fixed(order.request.price)},
       {"origQty", fixed(shown_quantity(order))},
       {"executedQty", fixed(order.filled)},
       {"origQuoteOrderQty", fixed(order.request.quote_quantity.value_or(Decimal()))},
       {"cummulativeQuoteQty", fixed(order.filled_quote)},
       {"status", status_word(order)},
       {"timeInForce", time_in_force_word(order)},
       {"type", type_word(order)},
       {"side", side_word(order.request.side)},
       {"selfTradePreventionMode", "EXPIRE_MAKER"}});
}

json::Value futures_order(const Order& order) {
  const bool waits = order.status == OrderStatus::kUntriggered;
  return json::object(
      {{"orderId", number(order.id)},
       {"symbol", order.instrument->symbol},
       {"status", status_word(order)},
       {"clientOrderId", shown_id(order)},
       {"price", order.request.price.str()},
       {"avgPrice", fixed(order.average_price().value_or(Decimal()), 5)},
       {"origQty", order.request.quantity.str()},
       {"executedQty", order.filled.str()},
       {"cumQty", order.filled.str()},
       {"cumQuote", order.filled_quote.str()},
       {"timeInForce", time_in_force_word(order)},
       {"type", order.triggered || !waits
                    ? std::string(order.request.type == OrderType::kLimit ? "LIMIT" : "MARKET")
                    : type_word(order)},
       {"reduceOnly", order.request.reduce_only},
       {"closePosition", false},
       {"side", side_word(order.request.side)},
       {"positionSide", "BOTH"},
       {"stopPrice", order.request.trigger ? order.request.trigger->price.str() : "0"},
       {"workingType", "CONTRACT_PRICE"},
       {"priceProtect", false},
       {"origType", type_word(order)},
       {"priceMatch", "NONE"},
       {"selfTradePreventionMode", "EXPIRE_MAKER"},
       {"goodTillDate", 0},
       {"time", epoch_ms(order.created)},
       {"updateTime", epoch_ms(order.updated)}});
}

}  // namespace keystile::sandbox::binance
