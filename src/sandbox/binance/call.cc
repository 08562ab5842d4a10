#include "sandbox/binance/call.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace keystile::sandbox::binance {
namespace {

struct Translation {
  std::string_view venue_code;
  int code;
  std::string_view message;
};

// Texts as in the spot "Errors" page and the futures "Error Codes" page.
constexpr Translation kSpot[] = {
    {"instrument.unknown", -1121, "Invalid symbol."},
    {"order.unknown", -2011, "Unknown order sent."},
    {"order.closed", -2011, "Unknown order sent."},
    {"order.duplicate", -2010, "Duplicate order sent."},
    {"order.quantity", -1013, "Invalid quantity."},
    {"order.lot", -1013, "Filter failure: LOT_SIZE"},
    {"order.price", -1013, "Invalid price."},
    {"order.tick", -1013, "Filter failure: PRICE_FILTER"},
    {"order.price_band", -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"},
    {"order.min_notional", -1013, "Filter failure: NOTIONAL"},
    {"order.unsupported", -1116, "Invalid orderType."},
    {"order.would_take", -2010, "Order would immediately match and take."},
    {"order.would_trigger", -2010, "Stop price would trigger immediately."},
    {"order.unchanged", -2038, "The request to amend was rejected."},
    {"balance.insufficient", -2010, "Account has insufficient balance for requested action."},
};
constexpr Translation kFutures[] = {
    {"instrument.unknown", -1121, "Invalid symbol."},
    {"order.unknown", -2011, "Unknown order sent."},
    {"order.closed", -2011, "Unknown order sent."},
    {"order.duplicate", -4116, "ClientOrderId is duplicated."},
    {"order.quantity", -4003, "Quantity less than or equal to zero."},
    {"order.lot", -1111, "Precision is over the maximum defined for this asset."},
    {"order.price", -4001, "Price less than 0."},
    {"order.tick", -4014, "Price not increased by tick size."},
    {"order.price_band", -4131,
     "The counterparty's best price does not meet the PERCENT_PRICE filter limit."},
    {"order.min_notional", -4164,
     "Order's notional must be no smaller than 100 (unless you choose reduce only)."},
    {"order.unsupported", -1116, "Invalid orderType."},
    {"order.would_take", -5022,
     "Due to the order could not be executed as maker, the Post Only order will be rejected."},
    {"order.would_trigger", -2021, "Order would immediately trigger."},
    {"order.reduce_only", -2022, "ReduceOnly Order is rejected."},
    {"order.unchanged", -5027, "No need to modify the order."},
    {"position.leverage", -4028, "Leverage is not valid"},
    {"balance.insufficient", -2019, "Margin is insufficient."},
};
// The codes are Binance's; of most of these the wording is not published.
constexpr Translation kFunds[] = {
    {"asset.unknown", -4019, "The coin does not exist."},
    {"network.unknown", -4007, "The network does not exist."},
    {"account.unknown", -12014, "The account does not exist."},
    {"wallet.unknown", -1102, "The account type does not exist."},
    {"transfer.amount", -1100, "The amount is not valid."},
    {"transfer.same", -9000, "The accounts are the same."},
    {"transfer.duplicate", -9000, "The clientTranId was used before."},
    {"transfer.forbidden", -12014, "The accounts are not of one master."},
    {"withdraw.amount", -4008, "The amount is less than the minimum, or is not valid."},
    {"withdraw.address", -4003, "The address is not valid."},
    {"withdraw.duplicate", -4012, "The withdrawOrderId was used before."},
    {"withdraw.not_saved", -4035, "This address is not on the withdrawal whitelist."},
    {"balance.insufficient", -4026, "User has insufficient balance."},
};

template <size_t N>
Failure translate(const Translation (&table)[N], const Error& error) {
  const auto* found = std::find_if(std::begin(table), std::end(table), [&](const Translation& t) {
    return t.venue_code == error.code;
  });
  if (found == std::end(table)) return {-1000, "An unknown error occurred: " + error.code, 400, {}};
  return {found->code, std::string(found->message), 400, {}};
}

tl::unexpected<Failure> illegal(std::string_view name) {
  return failure(-1100, fmt::format("Illegal characters found in parameter '{}'.", name));
}

}  // namespace

bool Call::has(std::string_view name) const {
  return std::any_of(params.begin(), params.end(),
                     [&](const exchanges::Param& p) { return p.name == name; });
}

std::string_view Call::param(std::string_view name) const {
  const auto found = std::find_if(params.begin(), params.end(),
                                  [&](const exchanges::Param& p) { return p.name == name; });
  return found == params.end() ? std::string_view() : found->value;
}

Answer<std::string> Call::require(std::string_view name) const {
  if (param(name).empty()) {
    return failure(-1102, fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or "
                                      "malformed.",
                                      name));
  }
  return std::string(param(name));
}

Answer<std::optional<Decimal>> Call::decimal(std::string_view name) const {
  if (param(name).empty()) return std::nullopt;
  const auto value = Decimal::parse(param(name));
  if (!value || !value->is_positive()) return illegal(name);
  return *value;
}

Answer<Decimal> Call::require_decimal(std::string_view name) const {
  KS_REPLY_TRY(const std::string present, require(name));
  KS_REPLY_TRY(const auto value, decimal(name));
  return *value;
}

Answer<std::optional<uint64_t>> Call::whole(std::string_view name) const {
  if (param(name).empty()) return std::nullopt;
  const auto value = parse_uint64(param(name));
  if (!value) return illegal(name);
  return *value;
}

Answer<const Instrument*> Call::instrument(Product product) const {
  KS_REPLY_TRY(const std::string symbol, require("symbol"));
  const Instrument* found = venue.engine().find_symbol(product, symbol);
  if (!found) return failure(-1121, "Invalid symbol.");
  return found;
}

Failure spot_failure(const Error& error) { return translate(kSpot, error); }
Failure futures_failure(const Error& error) { return translate(kFutures, error); }
Failure funds_failure(const Error& error) { return translate(kFunds, error); }

HttpResponse answer(const Reply& reply) {
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json;charset=UTF-8"}};
  if (reply) {
    response.body = json::dump(*reply);
    return response;
  }
  const Failure& failed = reply.error();
  json::Value body = json::object({{"code", failed.code}, {"msg", failed.message}});
  if (!failed.data.is_null()) body.set("data", failed.data);
  response.status = failed.status;
  response.body = json::dump(body);
  return response;
}

std::string fixed(const Decimal& value, int digits) {
  std::string text = value.rounded(digits, Rounding::kDown).str();
  size_t point = text.find('.');
  if (point == text.npos) {
    point = text.size();
    text += '.';
  }
  text.append(static_cast<size_t>(digits) - (text.size() - point - 1), '0');
  return text;
}

}  // namespace keystile::sandbox::binance
