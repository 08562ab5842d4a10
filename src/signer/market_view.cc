#include "signer/market_view.h"

#include "policy/pricing.h"

namespace keystile::signer {

using exchanges::Product;

std::optional<MarketView::Quote> MarketView::price(Product product, std::string_view symbol) const {
  if (!live_) return background_.price(product, symbol);
  const std::pair key(policy::listed_as(product), std::string(symbol));
  const auto known = prices_.find(key);
  if (known != prices_.end()) return known->second;
  return prices_.emplace(key, look_up(key.first, symbol)).first->second;
}

std::optional<MarketView::Quote> MarketView::look_up(Product product,
                                                     std::string_view symbol) const {
  const auto live = live_->price(exchange_, product, symbol);
  if (live && now_ - live->at <= policy::kMaxPriceAge) return live;
  return background_.price(product, symbol);
}

std::optional<MarketView::Quote> MarketView::asset_price(std::string_view asset) const {
  const auto pair = background_.spot_pair(asset);
  return pair ? price(Product::kSpot, *pair) : background_.asset_price(asset);
}

std::optional<policy::Walk> MarketView::walk(const exchanges::OrderLeg& order, size_t leg) const {
  if (!live_) return std::nullopt;
  const auto known = walks_.find(leg);
  if (known != walks_.end()) return known->second;
  std::optional<policy::Walk>& walk = walks_[leg];
  const Product product = policy::listed_as(order.product);
  const exchanges::Instrument* listed = instrument(product, order.instrument);
  if (!listed) return walk;
  policy::BookWalk* const left = book(product, order.instrument);
  if (!left) return walk;
  const auto walked = left->next(order, *listed);
  if (walked) walk = *walked;
  return walk;
}

policy::BookWalk* MarketView::book(Product product, const std::string& symbol) const {
  const auto [place, is_new] = books_.try_emplace({product, symbol});
  if (is_new) {
    auto known = live_->book(exchange_, product, symbol);
    if (known) place->second.emplace(std::move(*known));
  }
  return place->second ? &*place->second : nullptr;
}

}  // namespace keystile::signer
