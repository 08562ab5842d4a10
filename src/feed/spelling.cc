#include "feed/spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace keystile::feed {
namespace {

using market::Venue;

struct Name {
  std::string_view text;
  std::vector<Venue> venues;
};

const std::vector<Name>& names() {
  using enum Venue;
  static const std::vector<Name> all = {
      {"binance", {kBinanceSpot}},
      {"binance-spot", {kBinanceSpot}},
      {"binance-us", {kBinanceUs}},
      {"binance-futures", {kBinanceUsdm}},
      {"binance-usdm", {kBinanceUsdm}},
      {"binance-delivery", {kBinanceCoinm}},
      {"binance-coinm", {kBinanceCoinm}},
      {"okx", {kOkxSpot, kOkxSwap, kOkxFutures, kOkxOption}},
      {"okx-spot", {kOkxSpot}},
      {"okex", {kOkxSpot}},
      {"okx-swap", {kOkxSwap}},
      {"okex-swap", {kOkxSwap}},
      {"okx-futures", {kOkxFutures}},
      {"okex-futures", {kOkxFutures}},
      {"okx-options", {kOkxOption}},
      {"okex-options", {kOkxOption}},
      {"bybit", {kBybitLinear, kBybitInverse}},
      {"bybit-linear", {kBybitLinear}},
      {"bybit-inverse", {kBybitInverse}},
      {"bybit-spot", {kBybitSpot}},
      {"bybit-options", {kBybitOption}},
      {"deribit", {kDeribit}},
  };
  return all;
}

// "btc-usdt" and "BTC_USDT" are both "BTCUSDT".
std::string joined(std::string_view symbol) {
  std::string out;
  for (const char c : symbol) {
    if (c >= 'a' && c <= 'z') {
      out += static_cast<char>(c - 'a' + 'A');
    } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      out += c;
    }
  }
  return out;
}

// Empty: there is no exchange of that name.
std::span<const Venue> venues_of(std::string_view exchange) {
  for (const Name& name : names()) {
    if (name.text == exchange) return name.venues;
  }
  return {};
}

Result<std::span<const Venue>> known_venues(std::string_view exchange) {
  const auto venues = venues_of(exchange);
  if (!venues.empty()) return venues;
  std::string all;
  for (const Name& name : names()) all += (all.empty() ? "" : ", ") + std::string(name.text);
  return fail("relay.exchange", "there is no exchange of that name; there are " + all);
}

std::string_view product_of(Venue venue) {
  switch (venue) {
    case Venue::kBinanceSpot:
      return "binance-spot";
    case Venue::kBinanceUs:
      return "binance-us-spot";
    case Venue::kBinanceUsdm:
      return "binance-usdm";
    case Venue::kBinanceCoinm:
      return "binance-coinm";
    case Venue::kOkxSpot:
    case Venue::kOkxSwap:
    case Venue::kOkxFutures:
    case Venue::kOkxOption:
      return "okx";
    case Venue::kBybitSpot:
      return "bybit-spot";
    case Venue::kBybitLinear:
      return "bybit-linear";
    case Venue::kBybitInverse:
      return "bybit-inverse";
    case Venue::kBybitOption:
      return "bybit-option";
    case Venue::kDeribit:
      break;
  }
  return "deribit";
}

bool is_one_of(std::span<const Venue> venues, const Market* market) {
  return std::find(venues.begin(), venues.end(), market->instrument().venue) != venues.end();
}

// The markets of an exchange by whatever names them. All of them are gone through once, where a
// symbol is not spelt as the exchange does.
class Names {
 public:
  Names(const State& state, std::span<const Venue> venues) : state_(state), venues_(venues) {}

  // Null: there is none.
  const Market* find(std::string_view symbol) {
    for (const Venue venue : venues_) {
      if (const Market* market = state_.find(venue, symbol)) return market;
    }
    if (by_joined_.empty()) read();
    const auto found = by_joined_.find(joined(symbol));
    return found == by_joined_.end() ? nullptr : found->second;
  }

 private:
  void read() {
    constexpr std::string_view kSwap = "SWAP";
    const bool only_swaps = venues_.size() == 1 && venues_.front() == Venue::kOkxSwap;
    for (const Market* market : state_.markets()) {
      if (!is_one_of(venues_, market)) continue;
      std::string spelt = joined(market->instrument().symbol);
      if (only_swaps && spelt.ends_with(kSwap)) {
        by_joined_.try_emplace(spelt.substr(0, spelt.size() - kSwap.size()), market);
      }
      by_joined_.try_emplace(std::move(spelt), market);
    }
  }

  const State& state_;
  const std::span<const Venue> venues_;
  std::unordered_map<std::string, const Market*> by_joined_;
};

tl::unexpected<Error> no_such_symbol(std::string_view exchange) {
  return fail(
      "relay.symbol",
      fmt::format("no such symbol is read of {}; /v1/market/instruments lists them", exchange));
}

}  // namespace

Result<const Market*> find_market(const State& state, std::string_view exchange,
                                  std::string_view symbol) {
  KS_TRY(const auto venues, known_venues(exchange));
  if (const Market* market = Names(state, venues).find(symbol)) return market;
  return no_such_symbol(exchange);
}

Result<std::vector<const Market*>> find_markets(const State& state, std::string_view exchange,
                                                const std::vector<std::string>& symbols) {
  KS_TRY(const auto venues, known_venues(exchange));
  std::vector<const Market*> markets;
  Names names(state, venues);
  for (const std::string& symbol : symbols) {
    const Market* const market = names.find(symbol);
    if (!market) return no_such_symbol(exchange);
    if (std::find(markets.begin(), markets.end(), market) == markets.end()) {
      markets.push_back(market);
    }
  }
  if (!symbols.empty()) return markets;
  markets = state.markets();
  std::erase_if(markets, [&venues](const Market* market) { return !is_one_of(venues, market); });
  if (markets.empty()) return fail("relay.symbol", "nothing is read of that exchange");
  return markets;
}

Result<std::vector<std::string>> products_of(std::string_view exchange) {
  KS_TRY(const auto venues, known_venues(exchange));
  std::vector<std::string> products;
  for (const Venue venue : venues) {
    const std::string product(product_of(venue));
    if (products.empty() || products.back() != product) products.push_back(product);
  }
  return products;
}

}  // namespace keystile::feed
