#include "sandbox/okx/call.h"

#include <algorithm>

namespace keystile::sandbox::okx {
namespace {

struct Translation {
  std::string_view error, code, message;
};
// Codes and texts of OKX's error table; {} is the asset.
constexpr Translation kTranslations[] = {
    {"instrument.unknown", "51001",
     "Instrument ID, Instrument ID code or Spread ID doesn't exist."},
    {"order.quantity", "51020", "Your order should meet or exceed the minimum order amount."},
    {"order.min_notional", "51020", "Your order should meet or exceed the minimum order amount."},
    {"order.lot", "51121", "Order quantity must be a multiple of the lot size."},
    {"order.price", "51000", "Parameter px error"},
    {"order.tick", "51000", "Parameter px error"},
    {"order.price_band", "51006", "Order price is not within the price limit."},
    {"order.duplicate", "51016", "Client order ID already exists."},
    {"order.reduce_only", "51169",
     "Order failed because you don't have any positions in this direction to reduce or close."},
    {"order.would_trigger", "51000", "Parameter triggerPx error"},
    {"order.unsupported", "51000", "Parameter ordType error"},
    {"order.unchanged", "51000", "Parameter newSz or newPx error"},
    {"balance.insufficient", "51008", "Order failed. Insufficient {} balance in account."},
    {"position.leverage", "59102",
     "Leverage exceeds the maximum limit. Please lower the leverage."},
    {"asset.unknown", "51000", "Parameter ccy error"},
    {"network.unknown", "51000", "Parameter chain error"},
    {"wallet.unknown", "51000", "Parameter from error"},
    {"account.unknown", "59510", "Sub-account does not exist"},
    {"transfer.amount", "51000", "Parameter amt error"},
    {"transfer.same", "58123", "Parameter from cannot equal parameter to"},
    {"transfer.duplicate", "51000", "Parameter clientId error"},
    {"transfer.forbidden", "58119", "Your sub-account is not allowed to transfer out"},
    {"withdraw.amount", "58206", "The amount is below the minimum withdrawal amount."},
    {"withdraw.address", "51000", "Parameter toAddr error"},
    {"withdraw.not_saved", "58207", "Withdrawal address isn't on the verified address list."},
    {"withdraw.duplicate", "51000", "Parameter clientId error"},
    {"withdraw.unknown", "51000", "Parameter wdId error"},
    {"withdraw.too_late", "58218", "The withdrawal can no longer be cancelled."},
};

}  // namespace

Failure native(const Error& error, std::string_view asset) {
  const auto* found = std::find_if(std::begin(kTranslations), std::end(kTranslations),
                                   [&](const Translation& t) { return t.error == error.code; });
  if (found == std::end(kTranslations)) return {"51000", "Parameter error: " + error.message};
  std::string message(found->message);
  const size_t gap = message.find("{}");
  if (gap != message.npos) message.replace(gap, 2, asset);
  return {std::string(found->code), std::move(message)};
}

HttpResponse envelope(std::string_view code, std::string_view message, json::Value data,
                      int status) {
  const json::Value body =
      json::object({{"code", code}, {"data", std::move(data)}, {"msg", message}});
  return {status, {{"Content-Type", "application/json"}}, json::dump(body)};
}

HttpResponse envelope(const Reply& reply) {
  if (reply) return envelope("0", "", *reply);
  const Failure& failed = reply.error();
  return envelope(failed.code, failed.message, json::Value(json::Array{}), failed.status);
}

HttpResponse rejected(std::string_view code, std::string_view message) {
  const json::Value body = json::object({{"msg", message}, {"code", code}});
  return {401, {{"Content-Type", "application/json"}}, json::dump(body)};
}

std::string ms(WallTime time) { return std::to_string(epoch_ms(time)); }
std::string text(const Decimal& value) { return value.str(); }
std::string text(uint64_t value) { return std::to_string(value); }
std::string text(const std::optional<Decimal>& value) { return value ? value->str() : ""; }

}  // namespace keystile::sandbox::okx
