#include "policy/market_facts.h"

#include <algorithm>

#include "policy/pricing.h"
#include "policy/rules.h"

namespace keystile::policy {
namespace {

using exchanges::Product;

bool contains(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

class Collector {
 public:
  explicit Collector(const Question& question) : q_(question) {}

  MarketFacts run() {
    for (size_t i = 0; i < q_.intent->legs.size(); ++i) {
      const Leg leg = make_leg(q_, i);
      if (!leg.opens()) continue;
      look_up(leg.order());
      look_up_walk(leg);
    }
    if (q_.intent->transfer) look_up_rate(q_.intent->transfer->asset);
    return std::move(facts_);
  }

 private:
  void look_up(const exchanges::OrderLeg& order) {
    const exchanges::Instrument* instrument = look_up(listed_as(order.product), order.instrument);
    if (!instrument || instrument->underlying.empty()) return;
    for (Product product : {Product::kSpot, Product::kLinear, Product::kInverse}) {
      if (look_up(product, instrument->underlying)) return;
    }
  }

  const exchanges::Instrument* look_up(Product product, const std::string& symbol) {
    const exchanges::Instrument* instrument = q_.market->instrument(product, symbol);
    const bool known = std::any_of(
        facts_.listed.begin(), facts_.listed.end(), [&](const MarketFacts::Listed& one) {
          return one.instrument.product == product && one.instrument.symbol == symbol;
        });
    if (!instrument || known) return instrument;
    facts_.listed.push_back({*instrument, fresh(q_.market->price(product, symbol))});
    facts_.listed.back().instrument.base.clear();
    look_up_rate(instrument->quote);
    return instrument;
  }

  void look_up_rate(const std::string& asset) {
    const auto quote = q_.market->asset_price(asset);
    const bool own = quote && quote->at == MonoTime::max();
    const bool known =
        std::any_of(facts_.rates.begin(), facts_.rates.end(),
                    [&](const MarketFacts::Rate& one) { return one.asset == asset; });
    if (own || known) return;
    if (const auto price = fresh(quote)) facts_.rates.push_back({asset, *price});
  }

  void look_up_walk(const Leg& leg) {
    const Grant& grant = q_.client->grant;
    if (!grant.max_slippage_bps && !grant.min_depth) return;
    auto walk = q_.market->walk(leg.order(), leg.index);
    if (!walk || q_.mono - walk->at > kMaxPriceAge) return;
    walk->at = {};
    facts_.walks.push_back({leg.index, *walk});
  }

  std::optional<Decimal> fresh(const std::optional<MarketReference::Quote>& quote) const {
    const bool good = quote && quote->price.is_positive() && q_.mono - quote->at <= kMaxPriceAge;
    return good ? std::optional(quote->price) : std::nullopt;
  }

  const Question& q_;
  MarketFacts facts_;
};

}  // namespace

MarketFacts market_facts(const Question& question) { return Collector(question).run(); }

const MarketFacts::Listed* PastMarket::find(Product product, std::string_view symbol) const {
  const auto at =
      std::find_if(facts_.listed.begin(), facts_.listed.end(), [&](const MarketFacts::Listed& one) {
        return one.instrument.product == product && one.instrument.symbol == symbol;
      });
  return at == facts_.listed.end() ? nullptr : &*at;
}

const exchanges::Instrument* PastMarket::instrument(Product product,
                                                    std::string_view symbol) const {
  const MarketFacts::Listed* listed = find(product, symbol);
  return listed ? &listed->instrument : nullptr;
}

std::optional<MarketReference::Quote> PastMarket::price(Product product,
                                                        std::string_view symbol) const {
  const MarketFacts::Listed* listed = find(product, symbol);
  if (!listed || !listed->price) return std::nullopt;
  return Quote{*listed->price, at_};
}

std::optional<Walk> PastMarket::walk(const exchanges::OrderLeg&, size_t leg) const {
  for (const MarketFacts::Walked& walked : facts_.walks) {
    if (walked.leg != leg) continue;
    Walk walk = walked.walk;
    walk.at = at_;
    return walk;
  }
  return std::nullopt;
}

std::optional<MarketReference::Quote> PastMarket::asset_price(std::string_view asset) const {
  if (contains(currency_assets_, asset)) return Quote{Decimal(1), MonoTime::max()};
  const auto at = std::find_if(facts_.rates.begin(), facts_.rates.end(),
                               [&](const MarketFacts::Rate& one) { return one.asset == asset; });
  if (at == facts_.rates.end()) return std::nullopt;
  return Quote{at->price, at_};
}

}  // namespace keystile::policy
