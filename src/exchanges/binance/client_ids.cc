// Puts client order ids of our own where a client left them out, so that an order whose answer is
// lost can be asked for.
#include <algorithm>

#include "base/encoding.h"
#include "exchanges/binance/auth.h"
#include "exchanges/binance/forms.h"
#include "exchanges/binance/intents.h"
#include "exchanges/params.h"

namespace keystile::exchanges::binance {
namespace {

std::string_view id_param(std::span<const ParamRule> rules) {
  const auto found = std::find_if(rules.begin(), rules.end(), [](const ParamRule& rule) {
    return rule.field == Field::kNewClientId;
  });
  return found == rules.end() ? std::string_view() : found->name;
}

bool has_param(const std::vector<Param>& params, std::string_view name) {
  return std::any_of(params.begin(), params.end(),
                     [&](const Param& param) { return param.name == name; });
}

tl::unexpected<Error> wrong_count() {
  return fail("client_order_id.count", "the number of client order ids is not that of the orders");
}

void append(std::string* text, std::string_view name, std::string_view value) {
  if (!text->empty()) *text += '&';
  text->append(name).append("=").append(value);
}

// Where the last member of each object of a JSON list ends: just before its '}'. The text has been
// parsed before, so only strings and depth matter.
std::vector<size_t> object_ends(std::string_view text) {
  std::vector<size_t> ends;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
      if (c == '}' && depth == 1) ends.push_back(i);
    }
  }
  return ends;
}

Result<std::string> batch_with_ids(std::string_view text, std::string_view name,
                                   std::span<const std::string> ids) {
  KS_TRY(const json::Value list, json::parse(text));
  const json::Array* items = list.if_array();
  const std::vector<size_t> ends = object_ends(text);
  if (!items || items->size() != ends.size()) {
    return fail("parameter.value", "the batch is not a list of orders");
  }
  std::string out;
  size_t copied = 0, used = 0;
  for (size_t i = 0; i < ends.size(); ++i) {
    if ((*items)[i].find(name)) continue;
    if (used == ids.size()) return wrong_count();
    out += text.substr(copied, ends[i] - copied);
    copied = ends[i];
    if (!(*items)[i].if_object()->empty()) out += ',';
    out += json::quoted(name) + ":" + json::quoted(ids[used++]);
  }
  if (used != ids.size()) return wrong_count();
  return out + std::string(text.substr(copied));
}

Result<HttpRequest> with_batch_ids(HttpRequest request, const Form& form,
                                   const std::vector<Param>& params,
                                   std::span<const std::string> ids) {
  const auto list = std::find_if(params.begin(), params.end(),
                                 [&](const Param& param) { return param.name == form.batch; });
  if (list == params.end()) return fail("parameter.missing", "the batch is missing");
  KS_TRY(const std::string text, batch_with_ids(list->value, id_param(form.legs[0].params), ids));
  std::string& home = list->source == ParamSource::kQuery ? request.query : request.body;
  home.replace(list->begin, list->end - list->begin,
               std::string(form.batch) + "=" + percent_encode(text));
  return request;
}

}  // namespace

Result<HttpRequest> with_client_order_ids(const HttpRequest& request, const Route& route,
                                          std::span<const std::string> ids) {
  const Form* form = find_form(route.method, route.path);
  if (!form) return wrong_count();
  KS_TRY(const std::vector<Param> params, request_params(request));
  if (!form->batch.empty()) return with_batch_ids(request, *form, params, ids);

  HttpRequest out = request;
  const auto signature = std::find_if(params.begin(), params.end(),
                                      [](const Param& param) { return param.name == "signature"; });
  const bool in_body = signature != params.end() && signature->source == ParamSource::kBody;
  std::string& home = in_body ? out.body : out.query;
  size_t used = 0;
  for (const LegForm& leg : form->legs) {
    if (leg.action != LegAction::kPlace) continue;
    std::string_view name = id_param(leg.params);
    if (name.empty()) name = id_param(form->params);
    if (name.empty() || has_param(params, name)) continue;
    if (used == ids.size()) return wrong_count();
    append(&home, name, ids[used++]);
  }
  if (used != ids.size()) return wrong_count();
  out.has_query = out.has_query || !out.query.empty();
  return out;
}

}  // namespace keystile::exchanges::binance
