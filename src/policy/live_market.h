// What a running feed knows of an exchange's markets. Any thread may ask.
#pragma once

#include "policy/decide.h"

namespace keystile::policy {

class LiveMarket {
 public:
  virtual ~LiveMarket() = default;
  // Nothing where the feed does not read that market, or does not believe what it has read. How old
  // it is says MarketReference::Quote::at, or OrderBook::at.
  virtual std::optional<MarketReference::Quote> price(std::string_view exchange,
                                                      exchanges::Product product,
                                                      std::string_view symbol) const = 0;
  virtual std::optional<OrderBook> book(std::string_view exchange, exchanges::Product product,
                                        std::string_view symbol) const = 0;
};

}  // namespace keystile::policy
