#include "exchanges/intent.h"

#include <array>

namespace keystile::exchanges {
namespace {

template <class T, size_t N>
using Names = std::array<std::pair<T, std::string_view>, N>;

constexpr Names<Product, 5> kProducts{{{Product::kSpot, "spot"},
                                       {Product::kMargin, "margin"},
                                       {Product::kLinear, "linear"},
                                       {Product::kInverse, "inverse"},
                                       {Product::kOption, "option"}}};
constexpr Names<OrderType, 5> kOrderTypes{{{OrderType::kLimit, "limit"},
                                           {OrderType::kMarket, "market"},
                                           {OrderType::kStopLimit, "stop-limit"},
                                           {OrderType::kStopMarket, "stop-market"},
                                           {OrderType::kTrailingStop, "trailing-stop"}}};

template <class T, size_t N>
std::string_view name_of(const Names<T, N>& names, T value) {
  for (const auto& [v, name] : names) {
    if (v == value) return name;
  }
  return "unknown";
}

template <class T, size_t N>
std::optional<T> value_of(const Names<T, N>& names, std::string_view text) {
  for (const auto& [value, name] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

std::string order_name(const OrderLeg& leg) {
  return leg.order_id.empty() ? "order " + leg.client_order_id : "order " + leg.order_id;
}

std::string amount_of(const OrderLeg& leg) {
  if (leg.quantity) return leg.quantity->str() + " " + leg.instrument;
  if (leg.quote_quantity)
    return leg.instrument + " for " + leg.quote_quantity->str() + " of its quote";
  if (leg.close_position) return "all of " + leg.instrument;
  return leg.instrument;
}

std::string describe(const OrderLeg& leg) {
  if (leg.action == LegAction::kCancel) {
    return "cancel " + order_name(leg) + (leg.instrument.empty() ? "" : " of " + leg.instrument);
  }
  std::string text = leg.action == LegAction::kAmend
                         ? "amend " + order_name(leg) + " to " + amount_of(leg)
                         : std::string(to_string(leg.side)) + " " + amount_of(leg);
  if (leg.price) text += " at " + leg.price->str();
  if (leg.trigger_price) text += " when " + leg.trigger_price->str() + " is reached";
  if (leg.action == LegAction::kPlace) {
    text += " (" + std::string(to_string(leg.type)) + ", " + std::string(to_string(leg.product));
    if (leg.reduce_only) text += ", reduce only";
    if (leg.borrows) text += ", may borrow";
    if (leg.test_only) text += ", test only";
    text += ")";
  }
  return text;
}

std::string party(const std::string& account, const std::string& wallet) {
  return account.empty() ? wallet : account + (wallet.empty() ? "" : " (" + wallet + ")");
}

}  // namespace

std::string_view to_string(Product product) { return name_of(kProducts, product); }
std::optional<Product> parse_product(std::string_view text) { return value_of(kProducts, text); }
std::string_view to_string(Side side) { return side == Side::kBuy ? "buy" : "sell"; }
std::string_view to_string(OrderType type) { return name_of(kOrderTypes, type); }
std::optional<OrderType> parse_order_type(std::string_view text) {
  return value_of(kOrderTypes, text);
}

std::string_view to_string(Act act) {
  switch (act) {
    case Act::kRead:
      return "read";
    case Act::kOrders:
      return "orders";
    case Act::kCancelAll:
      return "cancel-all";
    case Act::kAccountSetting:
      return "account-setting";
    case Act::kTransfer:
      return "transfer";
    case Act::kWithdraw:
      return "withdraw";
    case Act::kKeyAdmin:
      return "key-admin";
    case Act::kOther:
      return "other";
  }
  return "unknown";
}

std::string summarise(const Intent& intent) {
  switch (intent.act) {
    case Act::kOrders: {
      std::string text;
      for (const OrderLeg& leg : intent.legs) {
        if (!text.empty()) text += intent.one_fills ? " or " : "; ";
        text += describe(leg);
      }
      return text;
    }
    case Act::kCancelAll:
      return "cancel all orders" + (intent.instrument.empty() ? "" : " of " + intent.instrument);
    case Act::kAccountSetting:
      return "change an account setting" +
             (intent.instrument.empty() ? "" : " of " + intent.instrument);
    case Act::kTransfer:
      if (!intent.transfer) break;
      return "transfer " + intent.transfer->amount.str() + " " + intent.transfer->asset + " from " +
             party(intent.transfer->from_account, intent.transfer->from) + " to " +
             party(intent.transfer->to_account, intent.transfer->to);
    case Act::kWithdraw:
      if (!intent.withdrawal) break;
      return "withdraw " + intent.withdrawal->amount.str() + " " + intent.withdrawal->asset +
             " to " + intent.withdrawal->address +
             (intent.withdrawal->tag.empty() ? "" : " tag " + intent.withdrawal->tag) +
             (intent.withdrawal->network.empty() ? "" : " on " + intent.withdrawal->network);
    case Act::kRead:
    case Act::kKeyAdmin:
    case Act::kOther:
      break;
  }
  return std::string(to_string(intent.act));
}

}  // namespace keystile::exchanges
