#include "signer/market_book.h"

#include <algorithm>

#include "exchanges/told_time.h"

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

void MarketBook::set_currency_assets(std::vector<std::string> assets) {
  if (assets == currency_assets_) return;
  currency_assets_ = std::move(assets);
  note_pairs();
}

void MarketBook::note_pairs() {
  spot_pairs_.clear();
  for (const auto& [name, listed] : instruments_) note_pair(listed.instrument);
}

void MarketBook::note_pair(const exchanges::Instrument& instrument) {
  const auto currency =
      std::find(currency_assets_.begin(), currency_assets_.end(), instrument.quote);
  if (instrument.product != Product::kSpot || currency == currency_assets_.end()) return;
  const auto rank = static_cast<size_t>(currency - currency_assets_.begin());
  spot_pairs_[instrument.base].emplace(rank, instrument.symbol);
}

void MarketBook::note_price(const exchanges::Price& price, MonoTime at) {
  if (!price.price.is_positive()) return;
  Quote& known = prices_.try_emplace(key(price.product, price.symbol), Quote{{}, at}).first->second;
  if (at >= known.at) known = {price.price, at};
}

void MarketBook::update(const exchanges::MarketUpdate& update, MonoTime now, WallTime exchange_now,
                        Millis good_for) {
  for (const exchanges::Instrument& instrument : update.instruments) {
    note_pair(instrument);
    instruments_.insert_or_assign(key(instrument.product, instrument.symbol),
                                  Listed{instrument, now + good_for});
  }
  if (const auto at = exchanges::priced_at(update, exchange_now, now)) {
    for (const exchanges::Price& price : update.prices) note_price(price, *at);
  }
}

void MarketBook::sweep(MonoTime now) {
  constexpr std::chrono::seconds kEvery{10};
  if (now - swept_ < kEvery) return;
  swept_ = now;
  const size_t gone =
      std::erase_if(instruments_, [now](const auto& item) { return item.second.until < now; });
  if (gone > 0) note_pairs();
}

const exchanges::Instrument* MarketBook::instrument(Product product,
                                                    std::string_view symbol) const {
  const auto at = instruments_.find(key(product, symbol));
  return at == instruments_.end() ? nullptr : &at->second.instrument;
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
  const auto pairs = spot_pairs_.find(std::string(asset));
  if (pairs == spot_pairs_.end()) return std::nullopt;
  std::optional<std::string_view> last;
  MonoTime last_at = MonoTime::min();
  for (const auto& [rank, symbol] : pairs->second) {
    const auto quote = price(Product::kSpot, symbol);
    if (last && (!quote || quote->at <= last_at)) continue;
    last = symbol;
    if (quote) last_at = quote->at;
  }
  return last;
}

bool MarketBook::has(Product product) const {
  const std::string prefix = key(product, "");
  const auto of_product = [&](const auto& item) { return item.first.starts_with(prefix); };
  return std::any_of(instruments_.begin(), instruments_.end(), of_product) &&
         std::any_of(prices_.begin(), prices_.end(), of_product);
}

}  // namespace keystile::signer
