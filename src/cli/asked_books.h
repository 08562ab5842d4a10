// Order books for a command that looks at few of them once: asked of the exchange, as the feed of a
// running gate would have them.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "exchanges/exchange.h"
#include "policy/live_market.h"

namespace keystile::cli {

class AskedBooks final : public policy::LiveMarket {
 public:
  // Sends a request to the host of that family.
  using Ask = std::function<Result<HttpResponse>(const std::string& family, HttpRequest)>;
  // Why a book is not known.
  using OnTrouble = std::function<void(const Error&)>;

  // exchange must outlive it.
  AskedBooks(const exchanges::Exchange& exchange, Ask ask, OnTrouble on_trouble)
      : exchange_(exchange), ask_(std::move(ask)), on_trouble_(std::move(on_trouble)) {}

  // None: they come from elsewhere.
  std::optional<policy::MarketReference::Quote> price(std::string_view, exchanges::Product,
                                                      std::string_view) const override {
    return std::nullopt;
  }
  std::optional<policy::OrderBook> book(std::string_view exchange, exchanges::Product product,
                                        std::string_view symbol) const override;

 private:
  Result<policy::OrderBook> look_up(exchanges::Product product, const std::string& symbol) const;

  const exchanges::Exchange& exchange_;
  const Ask ask_;
  const OnTrouble on_trouble_;
};

}  // namespace keystile::cli
