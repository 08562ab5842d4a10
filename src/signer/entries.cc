#include "signer/entries.h"

#include "base/encoding.h"
#include "crypto/digest.h"

namespace keystile::signer {
namespace {

using exchanges::LegAction;
using exchanges::LegOutcome;
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

std::string_view to_string(LegOutcome::Kind kind) {
  switch (kind) {
    case LegOutcome::Kind::kAccepted:
      return "accepted";
    case LegOutcome::Kind::kRejected:
      return "rejected";
    case LegOutcome::Kind::kUnknown:
      return "unknown";
  }
  return "unknown";
}

void set_if(json::Value* entry, const char* name, const std::optional<Decimal>& value) {
  if (value) entry->set(name, *value);
}
void set_if(json::Value* entry, const char* name, const std::string& value) {
  if (!value.empty()) entry->set(name, value);
}
void set_if(json::Value* entry, const char* name, bool value) {
  if (value) entry->set(name, true);
}

std::optional<Decimal> optional_decimal(const json::Value& entry, std::string_view name) {
  const auto value = Decimal::parse(entry.text(name));
  return value ? std::optional<Decimal>(*value) : std::nullopt;
}

bool is_set(const json::Value& entry, std::string_view name) {
  const json::Value* value = entry.find(name);
  return value && value->if_bool() && *value->if_bool();
}

// Free text that quotes the client: cut to what a person reads, never within a character.
std::string brief(const std::string& text) {
  constexpr size_t kLength = 1000;
  if (text.size() <= kLength) return text;
  size_t end = kLength;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

json::Value subject_entry(const char* type, const Subject& subject) {
  return json::object({{"type", type},
                       {"client", subject.client},
                       {"account", subject.account},
                       {"exchange", subject.exchange},
                       {"environment", subject.environment},
                       {"source", subject.source},
                       {"route", subject.route},
                       {"policy", subject.policy}});
}

json::Value state_fields(const exchanges::OrderState& state) {
  return json::object({{"found", state.found}, {"open", state.open}, {"filled", state.filled}});
}

}  // namespace

json::Value leg_entry(const OrderLeg& leg, const Decimal& notional) {
  json::Value entry = json::object({{"action", to_string(leg.action)},
                                    {"product", exchanges::to_string(leg.product)},
                                    {"instrument", leg.instrument}});
  if (leg.action == LegAction::kPlace) {
    entry.set("side", exchanges::to_string(leg.side));
    entry.set("order_type", exchanges::to_string(leg.type));
  }
  set_if(&entry, "quantity", leg.quantity);
  set_if(&entry, "quote_quantity", leg.quote_quantity);
  set_if(&entry, "price", leg.price);
  set_if(&entry, "trigger_price", leg.trigger_price);
  set_if(&entry, "test_only", leg.test_only);
  set_if(&entry, "reduce_only", leg.reduce_only);
  set_if(&entry, "close_position", leg.close_position);
  set_if(&entry, "borrows", leg.borrows);
  set_if(&entry, "post_only", leg.post_only);
  set_if(&entry, "conditional", leg.conditional);
  set_if(&entry, "order_id", leg.order_id);
  set_if(&entry, "client_order_id", leg.client_order_id);
  if (leg.action != LegAction::kCancel) entry.set("notional", notional);
  return entry;
}

Result<OrderLeg> read_leg(const json::Value& entry) {
  const auto unreadable = [] {
    return fail("ledger.entry",
                "an order in the ledger cannot be read; was it written by a newer "
                "keystile?",
                ErrorClass::kFatal);
  };
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

Decimal read_decimal(const json::Value& entry, std::string_view name) {
  return optional_decimal(entry, name).value_or(Decimal{});
}

json::Value request_entry(const Subject& subject, const exchanges::Intent& intent,
                          const policy::Verdict& verdict, const ReplayMark& replay,
                          std::string_view payload, std::string_view salt) {
  json::Value entry = subject_entry("request", subject);
  entry.set("scope", exchanges::to_string(intent.scope));
  entry.set("act", exchanges::to_string(intent.act));
  if (intent.act != exchanges::Act::kRead) entry.set("summary", exchanges::summarise(intent));
  entry.set("rule", verdict.rule);
  if (!intent.legs.empty()) {
    entry.set("reserved", verdict.reserved);
    json::Array legs;
    for (size_t i = 0; i < intent.legs.size(); ++i) {
      const Decimal notional =
          i < verdict.leg_notional.size() ? verdict.leg_notional[i] : Decimal{};
      legs.push_back(leg_entry(intent.legs[i], notional));
    }
    entry.set("legs", std::move(legs));
    if (intent.one_fills) entry.set("one_fills", true);
  }
  entry.set("replay", replay.digest);
  entry.set("until", replay.until_ms);
  entry.set("salt", hex_encode(salt));
  entry.set("body", hex_encode(crypto::sha256(salt, payload)));
  return entry;
}

json::Value refusal_entry(const Subject& subject, const exchanges::Refusal& refusal,
                          const std::string& summary, uint64_t suppressed) {
  json::Value entry = subject_entry("refusal", subject);
  if (!summary.empty()) entry.set("summary", brief(summary));
  entry.set("reason", exchanges::to_string(refusal.reason));
  entry.set("rule", refusal.rule);
  entry.set("message", brief(refusal.message));
  if (suppressed > 0) entry.set("unrecorded_before", suppressed);
  return entry;
}

json::Value outcome_entry(uint64_t request, int status, const exchanges::Outcome& outcome,
                          std::string_view note) {
  json::Value entry = json::object({{"type", "outcome"},
                                    {"request", request},
                                    {"status", status},
                                    {"outcome", to_string(outcome.kind)}});
  set_if(&entry, "code", outcome.code);
  set_if(&entry, "note", std::string(note));
  json::Array legs;
  for (const LegOutcome& leg : outcome.legs) {
    json::Value item = json::object({{"outcome", to_string(leg.kind)}});
    set_if(&item, "order_id", leg.order_id);
    set_if(&item, "client_order_id", leg.client_order_id);
    if (leg.state) item.set("state", state_fields(*leg.state));
    legs.push_back(std::move(item));
  }
  if (!legs.empty()) entry.set("legs", std::move(legs));
  return entry;
}

json::Value order_entry(uint64_t request, size_t leg, const exchanges::OrderState& state) {
  json::Value entry =
      json::object({{"type", "order"}, {"request", request}, {"leg", static_cast<uint64_t>(leg)}});
  set_if(&entry, "order_id", state.order_id);
  entry.set("state", state_fields(state));
  return entry;
}

}  // namespace keystile::signer
