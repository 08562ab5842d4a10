#include "executor/prices.h"

#include <algorithm>

#include "exchanges/told_time.h"

namespace keystile::executor {
namespace {

using exchanges::Product;

std::string name_of(const exchanges::MarketQuery& query) {
  return query.family + " " + query.request.path + "?" + query.request.query;
}

}  // namespace

std::optional<exchanges::MarketQuery> Prices::due(const Place& place, MonoTime now) const {
  const exchanges::Exchange* exchange = exchanges::find_exchange(place.exchange);
  if (!exchange) return std::nullopt;
  const auto market = markets_.find(place);
  for (exchanges::MarketQuery& query : exchange->market_queries()) {
    if (query.product != Product::kSpot) continue;
    if (market == markets_.end()) return std::move(query);
    const auto next = market->second.due.find(name_of(query));
    if (next == market->second.due.end() || next->second <= now) return std::move(query);
  }
  return std::nullopt;
}

void Prices::heard(const Place& place, const exchanges::MarketQuery& query,
                   const exchanges::MarketUpdate* update, WallTime exchange_now, MonoTime now) {
  Market& market = markets_[place];
  market.due[name_of(query)] = now + (update ? std::max(query.every, kEvery) : kAgain);
  if (!update) return;
  // An answer lists all that trade: what it leaves out has no price of now.
  if (!update->instruments.empty()) market.instruments.clear();
  for (const exchanges::Instrument& instrument : update->instruments) {
    market.instruments.insert_or_assign(instrument.symbol, instrument);
  }
  const auto at = exchanges::priced_at(*update, exchange_now, now);
  if (!at) return;
  for (const exchanges::Price& price : update->prices) {
    if (!price.price.is_positive()) continue;
    Quote& known = market.quotes.try_emplace(price.symbol, Quote{{}, *at}).first->second;
    if (*at >= known.at) known = {price.price, *at};
  }
}

std::optional<Decimal> Prices::worth(const Place& place, std::string_view asset,
                                     const Decimal& amount, const std::vector<std::string>& in,
                                     MonoTime now) const {
  const auto market = markets_.find(place);
  if (market == markets_.end()) return std::nullopt;
  std::optional<Decimal> dearest;
  for (const auto& [symbol, instrument] : market->second.instruments) {
    const bool fits =
        instrument.base == asset && std::find(in.begin(), in.end(), instrument.quote) != in.end();
    const auto quote = fits ? market->second.quotes.find(symbol) : market->second.quotes.end();
    if (quote == market->second.quotes.end() || now - quote->second.at > kFreshFor) continue;
    const auto worth = amount.times(quote->second.price, Rounding::kUp);
    if (!worth) return std::nullopt;  // beyond all numbers
    dearest = std::max(dearest, std::optional(*worth));
  }
  return dearest;
}

}  // namespace keystile::executor
