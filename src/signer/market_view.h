// The market as one request sees it: from the feed, where one runs and is fresh, else as the
// errands last saw it. What was looked up once stays so for the request, though the feed goes on:
// what is recorded is what it was judged by.
#pragma once

#include <map>
#include <string>

#include "policy/live_market.h"
#include "signer/market_book.h"

namespace keystile::signer {

class MarketView final : public policy::MarketReference {
 public:
  // live: null where no feed runs. exchange: whose markets these are. All must outlive it.
  MarketView(const MarketBook& background, const policy::LiveMarket* live,
             std::string_view exchange, MonoTime now)
      : background_(background), live_(live), exchange_(exchange), now_(now) {}

  const exchanges::Instrument* instrument(exchanges::Product product,
                                          std::string_view symbol) const override {
    return background_.instrument(product, symbol);
  }
  std::optional<Quote> price(exchanges::Product product, std::string_view symbol) const override;
  std::optional<Quote> asset_price(std::string_view asset) const override;
  std::optional<policy::Walk> walk(const exchanges::OrderLeg& order, size_t leg) const override;

 private:
  std::optional<Quote> look_up(exchanges::Product product, std::string_view symbol) const;
  // Null: no book is known.
  policy::BookWalk* book(exchanges::Product product, const std::string& symbol) const;

  const MarketBook& background_;
  const policy::LiveMarket* const live_;
  const std::string_view exchange_;
  const MonoTime now_;
  mutable std::map<std::pair<exchanges::Product, std::string>, std::optional<Quote>> prices_;
  // Books, with what earlier legs of the request have left of them.
  mutable std::map<std::pair<exchanges::Product, std::string>, std::optional<policy::BookWalk>>
      books_;
  mutable std::map<size_t, std::optional<policy::Walk>> walks_;  // by leg
};

}  // namespace keystile::signer
