#include "signer/market_book.h"

#include <algorithm>

namespace keystile::signer {
namespace {

using exchanges::Product;

// Margin trades the spot pairs.
Product listed_as(Product product) {
  return product == Product::kMargin ? Product::kSpot : product;
}

}  // namespace

MarketBook::Key MarketBook::key(Product product, std::string_view symbol) {
  std::string text{to_string(listed_as(product))};
  text += '\n';
  text += symbol;
  return text;
}

void MarketBook::update(const exchanges::MarketUpdate& update, MonoTime now) {
  for (const exchanges::Instrument& instrument : update.instruments) {
    const Key name = key(instrument.product, instrument.symbol);
    const auto is_currency = [&](const std::string& asset) {
      return std::find(currency_assets_.begin(), currency_assets_.end(), asset) !=
             currency_assets_.end();
    };
    if (instrument.product == Product::kSpot && is_currency(instrument.quote)) {
      spot_pairs_.try_emplace(instrument.base, instrument.symbol);
    }
    instruments_.insert_or_assign(name, instrument);
  }
  for (const exchanges::Price& price : update.prices) {
    if (price.price.is_positive())
      prices_.insert_or_assign(key(price.product, price.symbol), Quote{price.price, now});
  }
}

const exchanges::Instrument* MarketBook::instrument(Product product,
                                                    std::string_view symbol) const {
  const auto at = instruments_.find(key(product, symbol));
  return at == instruments_.end() ? nullptr : &at->second;
}

std::optional<policy::MarketReference::Quote> MarketBook::price(Product product,
                                                                std::string_view symbol) const {
  const auto at = prices_.find(key(product, symbol));
  return at == prices_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<policy::MarketReference::Quote> MarketBook::asset_price(
    std::string_view asset) const {
  if (std::find(currency_assets_.begin(), currency_assets_.end(), asset) !=
      currency_assets_.end()) {
    return Quote{Decimal{1}, MonoTime::max()};
  }
  const auto pair = spot_pair(asset);
  return pair ? price(Product::kSpot, *pair) : std::nullopt;
}

std::optional<std::string_view> MarketBook::spot_pair(std::string_view asset) const {
  const auto pair = spot_pairs_.find(std::string(asset));
  return pair == spot_pairs_.end() ? std::nullopt : std::optional<std::string_view>(pair->second);
}

bool MarketBook::has(Product product) const {
  const std::string prefix = key(product, "");
  const auto of_product = [&](const auto& item) { return item.first.starts_with(prefix); };
  return std::any_of(instruments_.begin(), instruments_.end(), of_product) &&
         std::any_of(prices_.begin(), prices_.end(), of_product);
}

}  // namespace keystile::signer
