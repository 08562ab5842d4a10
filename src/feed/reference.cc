#include "feed/reference.h"

#include "feed/listings.h"

namespace keystile::feed {
namespace {

using exchanges::Product;
using Dated = policy::MarketReference::Quote;

std::optional<Decimal> exact(const std::optional<market::Number>& number) {
  const auto decimal = number ? number->to_decimal() : tl::unexpected(Error{});
  return decimal ? std::optional(*decimal) : std::nullopt;
}

std::optional<Decimal> middle(const feed::Quote& quote) {
  const auto bid = exact(quote.bid_price), ask = exact(quote.ask_price);
  if (!bid || !ask || *bid >= *ask) return std::nullopt;
  const auto sum = bid->plus(*ask);
  const auto half = sum ? sum->divided_by(Decimal(2), Rounding::kUp) : sum;
  return half ? std::optional(*half) : std::nullopt;
}

std::optional<std::vector<policy::OrderBook::Level>> levels_of(
    const std::vector<market::Level>& levels) {
  std::vector<policy::OrderBook::Level> all;
  all.reserve(levels.size());
  for (const market::Level& level : levels) {
    const auto price = level.price.to_decimal(), amount = level.amount.to_decimal();
    if (!price || !amount) return std::nullopt;
    all.push_back({*price, *amount});
  }
  return all;
}

}  // namespace

const Market* Reference::find(std::string_view exchange, Product product,
                              std::string_view symbol) const {
  if (!is_believed_(exchange, product)) return nullptr;
  return find_market(state_, exchange, product, symbol);
}

std::optional<MonoTime> Reference::when(int64_t received_ns) const {
  const auto age = age_of(received_ns, clock_);
  if (!age) return std::nullopt;
  return clock_.mono() - std::chrono::duration_cast<MonoTime::duration>(*age);
}

std::optional<Dated> Reference::price(std::string_view exchange, Product product,
                                      std::string_view symbol) const {
  const Market* market = find(exchange, product, symbol);
  if (!market) return std::nullopt;
  const feed::Quote quote = market->quote();
  std::optional<Decimal> price;
  int64_t received_ns = 0;
  bool is_stale = false;
  if (product != Product::kSpot) {
    price = exact(quote.ticker.mark_price);
    received_ns = quote.mark_received_ns;
    is_stale = quote.ticker_is_stale;
  } else if (const auto between = middle(quote)) {
    price = between;
    received_ns = quote.top_received_ns;
  } else {
    price = exact(quote.last_price);
    received_ns = quote.last_received_ns;
    is_stale = quote.last_is_stale;
  }
  const auto at = when(received_ns);
  if (!price || !at || is_stale) return std::nullopt;
  return Dated{*price, *at};
}

std::optional<policy::OrderBook> Reference::book(std::string_view exchange, Product product,
                                                 std::string_view symbol) const {
  const Market* market = find(exchange, product, symbol);
  if (!market) return std::nullopt;
  const Depth depth = market->depth(kLevels);
  if (depth.health != market::Health::kGood) return std::nullopt;
  auto bids = levels_of(depth.bids), asks = levels_of(depth.asks);
  const auto at = when(depth.received_ns);
  if (!bids || !asks || !at) return std::nullopt;
  return policy::OrderBook{std::move(*bids), std::move(*asks), *at};
}

}  // namespace keystile::feed
