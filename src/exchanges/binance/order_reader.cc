#include "exchanges/binance/order_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/binance/param_reader.h"

namespace keystile::exchanges::binance {
namespace {

tl::unexpected<Error> contradiction(std::string_view what) {
  return fail("parameter.value", fmt::format("the order contradicts itself: {}", what));
}
tl::unexpected<Error> missing(std::string_view what) {
  return fail("parameter.missing", fmt::format("the order lacks {}", what));
}

// An order while its parameters are read.
struct Draft {
  OrderLeg leg;
  const OrderTypeRule* type = nullptr;
  std::string position_side;
  bool trailing = false;
  bool priced_by_book = false;
};

Result<std::string_view> take_id(ParamReader& params, const ParamRule& rule) {
  KS_TRY(const auto value, take_checked(params, rule));
  if (!value) return std::string_view();
  if (!is_order_id(*value)) return bad_value(rule.name, "is not an order id");
  return *value;
}

Status read_type(ParamReader& params, const ParamRule& rule, Draft* draft) {
  KS_TRY(const std::string_view name, params.require(rule.name));
  const auto found = std::find_if(rule.types.begin(), rule.types.end(),
                                  [&](const OrderTypeRule& type) { return type.name == name; });
  if (found == rule.types.end()) return bad_value(rule.name, "is not an order type of this route");
  draft->type = &*found;
  return {};
}

Status read_amount(ParamReader& params, const ParamRule& rule, OrderLeg* leg) {
  auto& slot = rule.field == Field::kQuantity        ? leg->quantity
               : rule.field == Field::kQuoteQuantity ? leg->quote_quantity
               : rule.field == Field::kPrice         ? leg->price
                                                     : leg->trigger_price;
  KS_TRY(slot, take_positive(params, rule));
  return {};
}

Status read_id(ParamReader& params, const ParamRule& rule, OrderLeg* leg) {
  KS_TRY(const std::string_view id, take_id(params, rule));
  (rule.field == Field::kOrderId ? leg->order_id : leg->client_order_id) = id;
  return {};
}

Status read_word(ParamReader& params, const ParamRule& rule, Draft* draft) {
  KS_TRY(const auto word, take_choice(params, rule));
  if (!word) return {};
  OrderLeg& leg = draft->leg;
  switch (rule.field) {
    case Field::kSymbol:
      leg.instrument = *word;
      break;
    case Field::kSide:
      leg.side = *word == "BUY" ? Side::kBuy : Side::kSell;
      break;
    case Field::kTimeInForce:
      leg.post_only = leg.post_only || *word == "GTX";
      break;
    case Field::kPricedByBook:
      draft->priced_by_book = *word != "NONE";
      break;
    case Field::kPositionSide:
      draft->position_side = *word;
      break;
    case Field::kSideEffect:
      leg.borrows = *word == "MARGIN_BUY" || *word == "AUTO_BORROW_REPAY";
      break;
    default:  // kChoice, kText: known, and of no weight
      break;
  }
  return {};
}

Status read_switch(ParamReader& params, const ParamRule& rule, OrderLeg* leg) {
  KS_TRY(const bool on, take_flag(params, rule));
  switch (rule.field) {
    case Field::kReduceOnly:
      leg->reduce_only = on;
      break;
    case Field::kClosePosition:
      leg->close_position = on;
      break;
    case Field::kPostOnly:
      leg->post_only = leg->post_only || on;
      break;
    default:  // kFlag: known, and of no weight
      break;
  }
  return {};
}

Status read_param(ParamReader& params, const ParamRule& rule, Draft* draft) {
  switch (rule.field) {
    case Field::kType:
      return read_type(params, rule, draft);
    case Field::kQuantity:
    case Field::kQuoteQuantity:
    case Field::kPrice:
    case Field::kTriggerPrice:
      return read_amount(params, rule, &draft->leg);
    case Field::kTrailing: {
      KS_TRY(const auto distance, take_positive(params, rule));
      draft->trailing = distance.has_value();
      return {};
    }
    case Field::kNewClientId:
    case Field::kClientId:
    case Field::kOrderId:
      return read_id(params, rule, &draft->leg);
    case Field::kReduceOnly:
    case Field::kClosePosition:
    case Field::kPostOnly:
    case Field::kFlag:
      return read_switch(params, rule, &draft->leg);
    case Field::kNumber:
      return take_number(params, rule);
    case Field::kOrderIds:
    case Field::kClientIds:
      return {};  // read apart, since they make several legs
    default:
      return read_word(params, rule, draft);
  }
}

Status read_params(std::span<const ParamRule> rules, ParamReader& params, Draft* draft) {
  for (const ParamRule& rule : rules) {
    KS_CHECK(read_param(params, rule, draft));
  }
  return {};
}

Status check_prices(const Draft& draft) {
  const OrderLeg& leg = draft.leg;
  const OrderTypeRule& type = *draft.type;
  if (type.limit_price && !leg.price && !draft.priced_by_book) return missing("a price");
  if (!type.limit_price && leg.price) return contradiction("its type takes no price");
  if (!type.limit_price && draft.priced_by_book) {
    return contradiction("its type takes no price from the book");
  }
  if (leg.price && draft.priced_by_book && leg.product != Product::kSpot) {
    return contradiction("it has a price and takes one from the book");
  }
  const bool follows = draft.trailing || type.type == OrderType::kTrailingStop;
  if (type.type == OrderType::kTrailingStop && !draft.trailing) {
    return missing("a distance to trail by");
  }
  if (type.trigger && !leg.trigger_price && !follows) return missing("a trigger price");
  if (!type.trigger && (leg.trigger_price || draft.trailing)) {
    return contradiction("its type has no trigger");
  }
  return {};
}

Status check_amounts(const OrderLeg& leg) {
  const int amounts =
      (leg.quantity ? 1 : 0) + (leg.quote_quantity ? 1 : 0) + (leg.close_position ? 1 : 0);
  if (amounts == 0) return missing("a quantity");
  if (amounts > 1) return contradiction("it has two quantities");
  if (leg.quote_quantity && leg.type != OrderType::kMarket) {
    return contradiction("only a market order may be sized in the quote asset");
  }
  return {};
}

Status finish_placed(const LegForm& form, Draft* draft) {
  OrderLeg& leg = draft->leg;
  if (!draft->type) draft->type = leg.price ? form.priced : form.unpriced;
  if (!draft->type) return missing("a type");
  KS_CHECK(check_prices(*draft));
  leg.type = draft->trailing ? OrderType::kTrailingStop : draft->type->type;
  leg.post_only = leg.post_only || draft->type->post_only;
  // In hedge mode such an order can only close; in one-way mode the exchange refuses it.
  if (draft->position_side == (leg.side == Side::kSell ? "LONG" : "SHORT")) leg.reduce_only = true;
  // A pegged order may carry a price that the book then overrides.
  if (draft->priced_by_book) leg.price.reset();
  return check_amounts(leg);
}

Status finish_named(const Draft& draft) {
  const OrderLeg& leg = draft.leg;
  if (leg.order_id.empty() && leg.client_order_id.empty()) {
    return fail("parameter.missing", "the order to act on is not named by an id");
  }
  if (!leg.order_id.empty() && !leg.client_order_id.empty()) {
    return fail("parameter.value", "name the order by its id or by its client order id, not both");
  }
  if (leg.action != LegAction::kAmend) return {};
  if (!leg.quantity && !leg.price) return missing("a new quantity or price");
  if (draft.priced_by_book) {
    return fail("parameter.value", "an amended order must keep a price of its own");
  }
  return {};
}

}  // namespace

bool is_order_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == ':' || c == '/' || c == '_' || c == '-';
  });
}

Result<OrderLeg> read_leg(const Form& form, const LegForm& leg_form, ParamReader& params) {
  Draft draft;
  draft.leg.action = leg_form.action;
  draft.leg.product = form.product;
  draft.leg.test_only = form.test_only;
  draft.leg.conditional = form.conditional;
  KS_CHECK(read_params(form.params, params, &draft));
  KS_CHECK(read_params(leg_form.params, params, &draft));
  if (leg_form.action == LegAction::kPlace) {
    KS_CHECK(finish_placed(leg_form, &draft));
  } else {
    KS_CHECK(finish_named(draft));
  }
  return std::move(draft.leg);
}

Result<OrderLeg> read_shared(const Form& form, ParamReader& params) {
  Draft draft;
  draft.leg.action = LegAction::kCancel;
  draft.leg.product = form.product;
  KS_CHECK(read_params(form.params, params, &draft));
  return std::move(draft.leg);
}

}  // namespace keystile::exchanges::binance
