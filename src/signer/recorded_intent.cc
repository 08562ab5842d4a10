#include "signer/recorded_intent.h"

#include <algorithm>

namespace keystile::signer {
namespace {

using exchanges::Act;
using exchanges::Instrument;
using exchanges::Intent;
using exchanges::LegAction;
using exchanges::OrderLeg;

std::string_view to_string(LegAction action) {
  switch (action) {
    case LegAction::kPlace:
      return "place";
    case LegAction::kAmend:
      return "amend";
    case LegAction::kCancel:
      return "cancel";
  }
  return "unknown";
}

void write_if(std::string_view name, const std::optional<Decimal>& value, json::Writer* out) {
  if (value) out->amount(name, *value);
}

std::optional<Decimal> optional_decimal(const json::Value& entry, std::string_view name) {
  const auto value = Decimal::parse(entry.text(name));
  return value ? std::optional<Decimal>(*value) : std::nullopt;
}

bool is_set(const json::Value& entry, std::string_view name) {
  const json::Value* value = entry.find(name);
  return value && value->if_bool() && *value->if_bool();
}

tl::unexpected<Error> unreadable() {
  return fail("ledger.entry",
              "a request in the ledger cannot be read; was it written by a newer keystile?",
              ErrorClass::kFatal);
}

std::optional<Act> parse_act(std::string_view text) {
  for (const Act act : {Act::kRead, Act::kOrders, Act::kCancelAll, Act::kAccountSetting,
                        Act::kTransfer, Act::kWithdraw, Act::kKeyAdmin, Act::kOther}) {
    if (exchanges::to_string(act) == text) return act;
  }
  return std::nullopt;
}

void write_transfer(const exchanges::Transfer& transfer, json::Writer* out) {
  out->begin_object("transfer");
  out->text("asset", transfer.asset);
  out->amount("amount", transfer.amount);
  out->text_if_any("from", transfer.from);
  out->text_if_any("to", transfer.to);
  out->text_if_any("from_account", transfer.from_account);
  out->text_if_any("to_account", transfer.to_account);
  out->text_if_any("client_id", transfer.client_id);
  out->flag_if_set("leaves_account", transfer.leaves_account);
  out->end_object();
}

Result<exchanges::Transfer> read_transfer(const json::Value& entry) {
  exchanges::Transfer transfer;
  transfer.asset = entry.text("asset");
  const auto amount = optional_decimal(entry, "amount");
  if (!amount) return unreadable();
  transfer.amount = *amount;
  transfer.from = entry.text("from");
  transfer.to = entry.text("to");
  transfer.from_account = entry.text("from_account");
  transfer.to_account = entry.text("to_account");
  transfer.client_id = entry.text("client_id");
  transfer.leaves_account = is_set(entry, "leaves_account");
  return transfer;
}

void write_market(const policy::MarketFacts& market, json::Writer* out) {
  out->begin_array("market");
  for (const auto& [instrument, price] : market.listed) {
    out->begin_object();
    out->text("product", exchanges::to_string(instrument.product));
    out->text("instrument", instrument.symbol);
    out->text("quote", instrument.quote);
    if (instrument.contract_size != Decimal(1)) out->amount("contract", instrument.contract_size);
    out->flag_if_set("notional_is_contract", instrument.notional_is_contract);
    out->text_if_any("underlying", instrument.underlying);
    write_if("price", price, out);
    out->end_object();
  }
  for (const auto& [asset, price] : market.rates) {
    out->begin_object();
    out->text("asset", asset);
    out->amount("price", price);
    out->end_object();
  }
  for (const auto& [leg, walk] : market.walks) {
    out->begin_object();
    out->number("leg", static_cast<uint64_t>(leg));
    out->amount("middle", walk.middle);
    write_if("average", walk.average, out);
    out->flag_if_set("rests", walk.rests);
    out->amount("depth", walk.depth);
    out->end_object();
  }
  out->end_array();
}

Result<policy::MarketFacts::Walked> read_walk(const json::Value& leg, const json::Value& item) {
  const auto number = leg.as_int64();
  const auto middle = optional_decimal(item, "middle"), depth = optional_decimal(item, "depth");
  if (!number || *number < 0 || !middle || !depth) return unreadable();
  return policy::MarketFacts::Walked{
      static_cast<size_t>(*number),
      {*middle, optional_decimal(item, "average"), is_set(item, "rests"), *depth}};
}

// Orders that cannot open a position, and requests without orders, are judged without a price.
bool needs_market(const Intent& intent) {
  return intent.transfer ||
         std::any_of(intent.legs.begin(), intent.legs.end(),
                     [](const auto& leg) { return leg.action != LegAction::kCancel; });
}

void write_leg(const OrderLeg& leg, const Decimal& notional, json::Writer* out) {
  out->begin_object();
  out->text("action", to_string(leg.action));
  out->text("product", exchanges::to_string(leg.product));
  out->text("instrument", leg.instrument);
  if (leg.action == LegAction::kPlace) {
    out->text("side", exchanges::to_string(leg.side));
    out->text("order_type", exchanges::to_string(leg.type));
  }
  write_if("quantity", leg.quantity, out);
  write_if("quote_quantity", leg.quote_quantity, out);
  write_if("price", leg.price, out);
  write_if("trigger_price", leg.trigger_price, out);
  out->flag_if_set("test_only", leg.test_only);
  out->flag_if_set("reduce_only", leg.reduce_only);
  out->flag_if_set("close_position", leg.close_position);
  out->flag_if_set("borrows", leg.borrows);
  out->flag_if_set("post_only", leg.post_only);
  out->flag_if_set("conditional", leg.conditional);
  out->text_if_any("order_id", leg.order_id);
  out->text_if_any("client_order_id", leg.client_order_id);
  if (leg.action != LegAction::kCancel) out->amount("notional", notional);
  out->end_object();
}

Result<OrderLeg> read_leg(const json::Value& entry) {
  OrderLeg leg;
  const std::string_view action = entry.text("action");
  if (action == "amend") {
    leg.action = LegAction::kAmend;
  } else if (action == "cancel") {
    leg.action = LegAction::kCancel;
  } else if (action != "place") {
    return unreadable();
  }
  const auto product = exchanges::parse_product(entry.text("product"));
  if (!product) return unreadable();
  leg.product = *product;
  leg.instrument = entry.text("instrument");
  if (leg.action == LegAction::kPlace) {
    const auto type = exchanges::parse_order_type(entry.text("order_type"));
    const std::string_view side = entry.text("side");
    if (!type || (side != "buy" && side != "sell")) return unreadable();
    leg.type = *type;
    leg.side = side == "buy" ? exchanges::Side::kBuy : exchanges::Side::kSell;
  }
  leg.quantity = optional_decimal(entry, "quantity");
  leg.quote_quantity = optional_decimal(entry, "quote_quantity");
  leg.price = optional_decimal(entry, "price");
  leg.trigger_price = optional_decimal(entry, "trigger_price");
  leg.test_only = is_set(entry, "test_only");
  leg.reduce_only = is_set(entry, "reduce_only");
  leg.close_position = is_set(entry, "close_position");
  leg.borrows = is_set(entry, "borrows");
  leg.post_only = is_set(entry, "post_only");
  leg.conditional = is_set(entry, "conditional");
  leg.order_id = entry.text("order_id");
  leg.client_order_id = entry.text("client_order_id");
  return leg;
}

}  // namespace

void write_intent(const Intent& intent, const policy::MarketFacts& market,
                  const std::vector<Decimal>& leg_notional, json::Writer* out) {
  out->text("scope", exchanges::to_string(intent.scope));
  out->text("act", exchanges::to_string(intent.act));
  if (intent.product) out->text("product", exchanges::to_string(*intent.product));
  out->text_if_any("instrument", intent.instrument);
  if (intent.transfer) write_transfer(*intent.transfer, out);
  if (!intent.legs.empty()) {
    out->begin_array("legs");
    for (size_t i = 0; i < intent.legs.size(); ++i) {
      write_leg(intent.legs[i], i < leg_notional.size() ? leg_notional[i] : Decimal{}, out);
    }
    out->end_array();
  }
  out->flag_if_set("one_fills", intent.one_fills);
  out->flag_if_set("one_order", intent.one_order);
  if (needs_market(intent)) write_market(market, out);
}

Result<Intent> read_intent(const json::Value& entry) {
  Intent intent;
  const auto scope = exchanges::parse_scope(entry.text("scope"));
  const auto act = parse_act(entry.text("act"));
  if (!scope || !act) return unreadable();
  intent.scope = *scope;
  intent.act = *act;
  intent.product = exchanges::parse_product(entry.text("product"));
  intent.instrument = entry.text("instrument");
  intent.one_fills = is_set(entry, "one_fills");
  intent.one_order = is_set(entry, "one_order");
  if (const json::Value* transfer = entry.find("transfer")) {
    KS_TRY(intent.transfer, read_transfer(*transfer));
  }
  const json::Value* legs = entry.find("legs");
  if (!legs) return intent;
  if (!legs->if_array()) return unreadable();
  for (const json::Value& item : *legs->if_array()) {
    KS_TRY(OrderLeg leg, read_leg(item));
    intent.legs.push_back(std::move(leg));
  }
  return intent;
}

Decimal read_decimal(const json::Value& entry, std::string_view name) {
  return optional_decimal(entry, name).value_or(Decimal{});
}

std::vector<Decimal> read_notionals(const json::Value& entry) {
  std::vector<Decimal> notionals;
  const json::Value* legs = entry.find("legs");
  if (!legs || !legs->if_array()) return notionals;
  for (const json::Value& item : *legs->if_array()) {
    notionals.push_back(read_decimal(item, "notional"));
  }
  return notionals;
}

Result<policy::MarketFacts> read_market(const json::Value& entry, const Intent& intent) {
  policy::MarketFacts market;
  const json::Value* all = entry.find("market");
  if (!all && !needs_market(intent)) return market;
  if (!all || !all->if_array()) {
    return fail("ledger.no_market", "the prices that it was judged by were not recorded");
  }
  for (const json::Value& item : *all->if_array()) {
    const auto price = optional_decimal(item, "price");
    if (item.find("asset")) {
      if (!price) return unreadable();
      market.rates.push_back({std::string(item.text("asset")), *price});
      continue;
    }
    if (const json::Value* leg = item.find("leg")) {
      KS_TRY(const auto walked, read_walk(*leg, item));
      market.walks.push_back(walked);
      continue;
    }
    const auto product = exchanges::parse_product(item.text("product"));
    if (!product) return unreadable();
    Instrument instrument;
    instrument.product = *product;
    instrument.symbol = item.text("instrument");
    instrument.quote = item.text("quote");
    instrument.contract_size = optional_decimal(item, "contract").value_or(Decimal(1));
    instrument.notional_is_contract = is_set(item, "notional_is_contract");
    instrument.underlying = item.text("underlying");
    market.listed.push_back({std::move(instrument), price});
  }
  return market;
}

}  // namespace keystile::signer
