#include "exchanges/native_answers.h"

#include "base/encoding.h"
#include "exchanges/binance/native_answers.h"
#include "exchanges/bybit/native_answers.h"
#include "exchanges/native_route.h"
#include "exchanges/okx/native_answers.h"
#include "exchanges/params.h"

namespace keystile::exchanges {
namespace {

struct Entry {
  std::string_view exchange;
  const NativeAnswers& (*answers)();
};
constexpr Entry kEntries[] = {{"binance", binance::native_answers},
                              {"okx", okx::native_answers},
                              {"bybit", bybit::native_answers}};

std::string_view take_text(ParamReader* params, std::string_view name) {
  if (name.empty()) return "";
  const auto value = params->take(name);
  return value ? value->value_or("") : "";
}

std::optional<size_t> take_limit(ParamReader* params, const NativeRoute& route) {
  if (!params->has(route.limit)) return route.usual;
  const std::string_view text = take_text(params, route.limit);
  const auto limit = parse_uint64(text);
  const bool is_plain = limit && std::to_string(*limit) == text;
  return is_plain && *limit >= 1 && *limit <= route.most ? std::optional<size_t>(*limit)
                                                         : std::nullopt;
}

std::optional<MarketQuestion> read_as(const NativeRoute& route, ParamReader params) {
  if (take_text(&params, route.category.empty() ? "" : "category") != route.category) return {};
  MarketQuestion question{route.about, route.product, std::string(take_text(&params, route.symbol)),
                          1};
  const auto limit = take_limit(&params, route);
  if (question.symbol.empty() || !limit || !params.check_all_taken()) return {};
  question.limit = *limit;
  return question;
}

std::optional<std::vector<KeptLevel>> read_side(const json::Value* side) {
  const json::Array* rows = side ? side->if_array() : nullptr;
  if (!rows) return {};
  std::vector<KeptLevel> levels;
  levels.reserve(rows->size());
  for (const json::Value& row : *rows) {
    const json::Array* level = row.if_array();
    if (!level || level->size() < 2) return {};
    levels.push_back({std::string((*level)[0].text()), std::string((*level)[1].text()), {}});
  }
  return levels;
}

}  // namespace

const NativeAnswers* native_answers(std::string_view exchange) {
  for (const Entry& entry : kEntries) {
    if (entry.exchange == exchange) return &entry.answers();
  }
  return nullptr;
}

std::optional<MarketQuestion> read_question(std::span<const NativeRoute> routes,
                                            const HttpRequest& request) {
  if (request.method != "GET" || !request.body.empty()) return {};
  for (const NativeRoute& route : routes) {
    if (route.path != request.path) continue;
    auto params = parse_params(request.query, ParamSource::kQuery, true);
    if (!params) return {};
    ParamReader reader(std::move(*params));
    if (!reader.check_unique()) return {};
    if (const auto question = read_as(route, std::move(reader))) return question;
  }
  return {};
}

bool follows_by_one(const KeptTrade& first, const KeptTrade& second) {
  const auto before = parse_uint64(first.id), after = parse_uint64(second.id);
  return before && after && *before < *after && *after - *before == 1;
}

Result<KeptBook> read_native_book(const json::Value* holder, std::string_view bids,
                                  std::string_view asks) {
  const auto bid_side = read_side(holder ? holder->find(bids) : nullptr);
  const auto ask_side = read_side(holder ? holder->find(asks) : nullptr);
  if (!bid_side || !ask_side) {
    return fail("book.unreadable", "the exchange's answer is no order book",
                ErrorClass::kRetryable);
  }
  KeptBook book;
  book.bids = *bid_side;
  book.asks = *ask_side;
  return book;
}

std::string native_levels(const std::vector<KeptLevel>& levels) {
  std::string out = "[";
  for (const KeptLevel& level : levels) {
    if (out.size() > 1) out += ',';
    out += "[\"" + level.price + "\",\"" + level.amount + "\"]";
  }
  return out + ']';
}

}  // namespace keystile::exchanges
