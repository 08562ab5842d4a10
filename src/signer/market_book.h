// The last public prices and instruments of one exchange in one environment, fed by the signer's
// errands.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/decide.h"

namespace keystile::signer {

class MarketBook final : public policy::MarketReference {
 public:
  // currency_assets: assets that count as the realm's currency, one to one.
  void set_currency_assets(std::vector<std::string> assets);
  // What is not named again within good_for is not listed any more: it was halted, or its name may
  // stand for another contract by now. exchange_now: the exchange's clock, by which prices count
  // from when they were true; what is older than what is known, or of the future, is no news.
  void update(const exchanges::MarketUpdate& update, MonoTime now, WallTime exchange_now,
              Millis good_for = std::chrono::minutes{20});

  const exchanges::Instrument* instrument(exchanges::Product product,
                                          std::string_view symbol) const override;
  std::optional<Quote> price(exchanges::Product product, std::string_view symbol) const override;
  std::optional<Quote> asset_price(std::string_view asset) const override;
  // The symbol whose price is the asset's, of several the one last priced; none: there is no such
  // market, or the asset counts as the realm's currency.
  std::optional<std::string_view> spot_pair(std::string_view asset) const;

  // Forgets what is not listed any more, also where the exchange tells nothing any more.
  void sweep(MonoTime now);

  // True once instruments and prices of that product are there.
  bool has(exchanges::Product product) const;

 private:
  using Key = std::string;  // product and symbol
  static Key key(exchanges::Product product, std::string_view symbol);
  void note_pair(const exchanges::Instrument& instrument);
  void note_pairs();
  void note_price(const exchanges::Price& price, MonoTime at);

  struct Listed {
    exchanges::Instrument instrument;
    MonoTime until;
  };
  std::vector<std::string> currency_assets_;
  std::unordered_map<Key, Listed> instruments_;
  MonoTime swept_{};
  std::unordered_map<Key, Quote> prices_;
  // Of each asset its pairs with a currency asset, in those assets' order.
  std::unordered_map<std::string, std::set<std::pair<size_t, std::string>>> spot_pairs_;
};

}  // namespace keystile::signer
