// What decide() looked up in the market for one question, so that it can be asked again later. The
// ledger keeps it beside the request.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/decide.h"

namespace keystile::policy {

struct MarketFacts {
  struct Listed {
    exchanges::Instrument instrument;  // without its base
    std::optional<Decimal> price;      // nothing where none was fresh
    bool operator==(const Listed&) const = default;
  };
  struct Rate {
    std::string asset;
    Decimal price;  // of one unit, in the realm's currency
    bool operator==(const Rate&) const = default;
  };
  struct Walked {
    size_t leg = 0;  // of the request
    Walk walk;       // its book was fresh
    bool operator==(const Walked&) const = default;
  };
  std::vector<Listed> listed;
  std::vector<Rate> rates;    // of assets that are not the realm's currency
  std::vector<Walked> walks;  // where the client's grant has decide() look at the book
  bool operator==(const MarketFacts&) const = default;
};

// All that any grant could make decide() look up for this question: instruments and prices of the
// orders that may open a position, rates of what they are paid in and of what is transferred.
MarketFacts market_facts(const Question& question);

// The market as those facts tell it. Its prices are as old as `at`.
class PastMarket final : public MarketReference {
 public:
  // currency_assets: what counts 1:1 as the realm's currency in the policy that is to judge.
  PastMarket(MarketFacts facts, std::vector<std::string> currency_assets, MonoTime at)
      : facts_(std::move(facts)), currency_assets_(std::move(currency_assets)), at_(at) {}

  const exchanges::Instrument* instrument(exchanges::Product product,
                                          std::string_view symbol) const override;
  std::optional<Quote> price(exchanges::Product product, std::string_view symbol) const override;
  std::optional<Quote> asset_price(std::string_view asset) const override;
  std::optional<Walk> walk(const exchanges::OrderLeg& order, size_t leg) const override;

 private:
  const MarketFacts::Listed* find(exchanges::Product product, std::string_view symbol) const;

  MarketFacts facts_;
  std::vector<std::string> currency_assets_;
  MonoTime at_;
};

}  // namespace keystile::policy
