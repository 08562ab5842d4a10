#include "feed/market_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace keystile::feed {
namespace {

constexpr std::array<std::string_view, 8> kQuotes = {"FDUSD", "USDT", "USDC", "USD",
                                                     "EUR",   "BTC",  "ETH",  "BNB"};

// "B" and "Q" stand for base and quote.
struct Spelling {
  std::string_view exchange;
  bool is_perpetual;
  std::string_view product, pattern;
  std::string_view quotes;  // for which it holds; empty: for all but the dollar itself
};

constexpr Spelling kSpellings[] = {
    {"binance", false, "binance-spot", "BQ", ""},
    {"binance", true, "binance-usdm", "BQ", "USDT USDC"},
    {"binance", true, "binance-coinm", "BQ_PERP", "USD"},
    {"okx", false, "okx", "B-Q", ""},
    {"okx", true, "okx", "B-Q-SWAP", "USDT USDC USD"},
    {"bybit", false, "bybit-spot", "BQ", ""},
    {"bybit", true, "bybit-linear", "BQ", "USDT"},
    {"bybit", true, "bybit-linear", "BPERP", "USDC"},
    {"bybit", true, "bybit-inverse", "BQ", "USD"},
    {"deribit", false, "deribit", "B_Q", "USDC"},
    {"deribit", true, "deribit", "B_Q-PERPETUAL", "USDC"},
    {"deribit", true, "deribit", "B-PERPETUAL", "USD"},
};

bool holds(const Spelling& spelling, std::string_view quote) {
  if (spelling.quotes.empty()) return quote != "USD";
  std::string_view rest = spelling.quotes;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(' '));
    if (one == quote) return true;
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
  }
  return false;
}

std::string spelt(std::string_view pattern, const Pair& pair) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool is_mark = i == 0 || pattern[i] == 'Q';
    if (is_mark) {
      out += pattern[i] == 'Q' ? pair.quote : pair.base;
    } else {
      out += pattern[i];
    }
  }
  return out;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

}  // namespace

Result<Pair> parse_pair(std::string_view text) {
  std::string name(text);
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  Pair pair;
  if (const size_t sign = name.find_first_of("/-_"); sign != name.npos) {
    pair = {name.substr(0, sign), name.substr(sign + 1)};
  } else {
    for (const std::string_view quote : kQuotes) {
      if (!name.ends_with(quote)) continue;
      pair = {name.substr(0, name.size() - quote.size()), std::string(quote)};
      break;
    }
  }
  if (is_name(pair.base) && is_name(pair.quote)) return pair;
  return fail("feed.pair", fmt::format("{} names no pair: write it as BTCUSDT or BTC/USDT", text));
}

std::vector<NamedMarket> markets_of(const Pair& pair) {
  std::vector<NamedMarket> all;
  for (const Spelling& spelling : kSpellings) {
    if (!holds(spelling, pair.quote)) continue;
    all.push_back({spelling.exchange, spelling.is_perpetual, spelling.product,
                   spelt(spelling.pattern, pair)});
  }
  return all;
}

}  // namespace keystile::feed
