#include "exchanges/binance/intents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "exchanges/binance/auth.h"
#include "exchanges/binance/forms.h"
#include "exchanges/binance/order_reader.h"
#include "exchanges/params.h"

namespace keystile::exchanges::binance {
namespace {

constexpr size_t kMaxBatch = 50;

tl::unexpected<Error> bad_value(std::string_view name) {
  return fail("parameter.value", fmt::format("parameter '{}' has a value that is not known", name));
}

// The orders of a batch: a JSON list of objects.
Result<std::vector<OrderLeg>> read_batch(const Form& form, ParamReader& params) {
  KS_TRY(const auto list, params.take_json(form.batch));
  if (!list) return fail("parameter.missing", fmt::format("parameter '{}' is missing", form.batch));
  const json::Array* items = list->if_array();
  if (!items || items->empty() || items->size() > kMaxBatch) return bad_value(form.batch);
  std::vector<OrderLeg> legs;
  for (const json::Value& item : *items) {
    KS_TRY(ParamReader reader, ParamReader::from_json(item));
    KS_TRY(OrderLeg leg, read_leg(form, form.legs[0], reader));
    KS_CHECK(reader.check_all_taken());
    legs.push_back(std::move(leg));
  }
  return legs;
}

// "[1,2]" or "[\"a\",\"b\"]", also without the quotes, as ccxt writes it.
Result<std::vector<std::string>> read_ids(std::string_view name, std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return bad_value(name);
  text = text.substr(1, text.size() - 2);
  std::vector<std::string> ids;
  while (true) {
    const size_t end = std::min(text.find(','), text.size());
    std::string_view id = text.substr(0, end);
    while (!id.empty() && id.front() == ' ') id.remove_prefix(1);
    if (id.size() >= 2 && id.front() == '"' && id.back() == '"') id = id.substr(1, id.size() - 2);
    if (id.empty() || id.size() > 64 || !is_order_id(id)) return bad_value(name);
    ids.emplace_back(id);
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
  if (ids.size() > kMaxBatch) return bad_value(name);
  return ids;
}

// A batch cancel: one leg for each id of its lists.
Result<std::vector<OrderLeg>> read_cancel_lists(const Form& form, ParamReader& params,
                                                const OrderLeg& shared) {
  std::vector<OrderLeg> legs;
  for (const ParamRule& rule : form.params) {
    if (rule.field != Field::kOrderIds && rule.field != Field::kClientIds) continue;
    KS_TRY(const auto text, params.take(rule.name));
    if (!text) continue;
    if (!legs.empty()) {
      return fail("parameter.value", "orders must be named by one list only");
    }
    KS_TRY(const std::vector<std::string> ids, read_ids(rule.name, *text));
    for (const std::string& id : ids) {
      OrderLeg leg = shared;
      (rule.field == Field::kOrderIds ? leg.order_id : leg.client_order_id) = id;
      legs.push_back(std::move(leg));
    }
  }
  if (legs.empty()) return fail("parameter.missing", "no list names the orders to cancel");
  return legs;
}

bool cancels_by_list(const Form& form) {
  return std::any_of(form.params.begin(), form.params.end(), [](const ParamRule& rule) {
    return rule.field == Field::kOrderIds || rule.field == Field::kClientIds;
  });
}

Result<std::vector<OrderLeg>> read_legs(const Form& form, ParamReader& params) {
  if (!form.batch.empty()) return read_batch(form, params);
  if (cancels_by_list(form)) {
    KS_TRY(const OrderLeg shared, read_shared(form, params));
    return read_cancel_lists(form, params, shared);
  }
  std::vector<OrderLeg> legs;
  for (const LegForm& leg_form : form.legs) {
    KS_TRY(OrderLeg leg, read_leg(form, leg_form, params));
    legs.push_back(std::move(leg));
  }
  return legs;
}

}  // namespace

Result<Intent> read_intent(const Route& route, const HttpRequest& request) {
  Intent intent;
  intent.scope = route.scope;
  if (route.scope == Scope::kMarket || route.scope == Scope::kRead) {
    intent.act = Act::kRead;
    intent.summary = summarise(intent);
    return intent;
  }
  const Form* form = find_form(route.method, route.path);
  if (!form) {
    return fail("route.undescribed",
                to_string(route) + " is known, but its parameters are not: it cannot be judged");
  }
  KS_TRY(ParamReader params, read_form_params(request));
  KS_CHECK(params.check_unique());

  intent.act = form->act;
  intent.one_fills = form->one_fills;
  switch (form->act) {
    case Act::kOrders: {
      KS_TRY(intent.legs, read_legs(*form, params));
      break;
    }
    case Act::kCancelAll:
    case Act::kAccountSetting: {
      KS_TRY(const OrderLeg shared, read_shared(*form, params));
      intent.product = form->product;
      intent.instrument = shared.instrument;
      break;
    }
    case Act::kTransfer: {
      KS_TRY(intent.transfer, read_transfer(*form, params));
      break;
    }
    case Act::kWithdraw: {
      KS_TRY(intent.withdrawal, read_withdrawal(*form, params));
      break;
    }
    default:
      return fail("route.undescribed", to_string(route) + " has a form that cannot be read");
  }
  KS_CHECK(params.check_all_taken());
  intent.summary = summarise(intent);
  return intent;
}

}  // namespace keystile::exchanges::binance
