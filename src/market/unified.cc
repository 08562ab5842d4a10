#include "market/unified.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>

#include "market/name_parts.h"

namespace keystile::market {
namespace {

// In what pairs are quoted where both assets are written as one word.
constexpr std::string_view kBinanceQuotes[] = {
    "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USDP", "USD1", "USDE", "DAI", "BTC",  "ETH",  "BNB",
    "SOL",  "XRP",  "TRX",   "DOGE", "DOT",  "EUR",  "TRY",  "BRL",  "GBP", "AUD",  "RUB",  "UAH",
    "ARS",  "COP",  "MXN",   "PLN",  "RON",  "ZAR",  "JPY",  "CZK",  "NGN", "IDRT", "BIDR", "BVND"};
constexpr std::string_view kBinanceUsQuotes[] = {"USDT", "USDC", "BUSD", "DAI",
                                                 "USD",  "BTC",  "ETH",  "BNB"};
constexpr std::string_view kBinanceFuturesQuotes[] = {"USDT", "USDC", "BUSD", "BTC"};
constexpr std::string_view kBybitQuotes[] = {"USDT", "USDC", "USDE", "USDQ", "USDR",
                                             "DAI",  "EUR",  "BRZ",  "BRL",  "TRY",
                                             "PLN",  "BTC",  "ETH",  "MNT",  "SOL"};
constexpr std::string_view kBybitLinearQuotes[] = {"USDT", "USDC"};
constexpr std::string_view kDollar[] = {"USD"};

struct Pair {
  std::string_view base, quote;
};

std::optional<Pair> split_word(std::string_view word, std::span<const std::string_view> quotes) {
  std::optional<Pair> found;
  for (const std::string_view quote : quotes) {
    if (word.size() <= quote.size() || !word.ends_with(quote)) continue;
    if (found) return std::nullopt;
    found = {word.substr(0, word.size() - quote.size()), quote};
  }
  return found;
}

// "240628"; empty: it is no day.
std::string day_of(std::string_view text) {
  const auto time = read_expiration(text);
  if (!time) return "";
  const std::chrono::sys_time<std::chrono::microseconds> at{std::chrono::microseconds(*time)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  const auto two = [](unsigned number) {
    return std::string{static_cast<char>('0' + number / 10 % 10),
                       static_cast<char>('0' + number % 10)};
  };
  return two(static_cast<unsigned>(int(day.year()) % 100)) + two(unsigned(day.month())) +
         two(unsigned(day.day()));
}

std::string spot(const std::optional<Pair>& pair) {
  if (!pair || pair->base.empty() || pair->quote.empty()) return "";
  return std::string(pair->base) + '/' + std::string(pair->quote);
}

std::string perpetual(const std::optional<Pair>& pair, std::string_view settled) {
  const std::string both = spot(pair);
  return both.empty() || settled.empty() ? "" : both + ':' + std::string(settled);
}

std::string dated(const std::optional<Pair>& pair, std::string_view settled, std::string_view day) {
  const std::string contract = perpetual(pair, settled), when = day_of(day);
  return contract.empty() || when.empty() ? "" : contract + '-' + when;
}

// strike: Deribit writes its point as 'd'.
std::string option(const std::optional<Pair>& pair, std::string_view settled, std::string_view day,
                   std::string_view strike, std::string_view right) {
  const std::string future = dated(pair, settled, day);
  std::string number(strike);
  std::replace(number.begin(), number.end(), 'd', '.');
  Number read;
  if (future.empty() || (right != "C" && right != "P") || !Number::parse(number, &read)) return "";
  return future + '-' + number + '-' + std::string(right);
}

// "BTCUSDT" and "BTCUSDT_240628"; of COIN-M "BTCUSD_PERP" and "BTCUSD_240628".
std::string binance_futures(std::string_view symbol, std::span<const std::string_view> quotes,
                            bool in_coin) {
  const size_t at = symbol.find('_');
  const auto pair = split_word(symbol.substr(0, at), quotes);
  if (!pair) return "";
  const std::string_view settled = in_coin ? pair->base : pair->quote;
  const std::string_view end = at == symbol.npos ? "" : symbol.substr(at + 1);
  return end.empty() || end == "PERP" ? perpetual(pair, settled) : dated(pair, settled, end);
}

// "BTC-USDT", "BTC-USD-SWAP", "BTC-USD-240628", "BTC-USD-240628-60000-C".
std::string okx(std::string_view symbol) {
  const NameParts parts = split_name(symbol).value_or(NameParts{});
  if (parts.count < 2 || parts.text[1].find('_') != std::string_view::npos) return "";
  const Pair pair{parts.text[0], parts.text[1]};
  const std::string_view settled = pair.quote == "USD" ? pair.base : pair.quote;
  if (parts.count == 2) return spot(pair);
  if (parts.count == 3 && parts.text[2] == "SWAP") return perpetual(pair, settled);
  if (parts.count == 3) return dated(pair, settled, parts.text[2]);
  if (parts.count == 5) return option(pair, settled, parts.text[2], parts.text[3], parts.text[4]);
  return "";
}

// "BTCUSDT", "BTCPERP" (in USDC), "BTC-27SEP24" (likewise), "BTCUSDT-27SEP24".
std::string bybit_linear(std::string_view symbol) {
  const NameParts parts = split_name(symbol).value_or(NameParts{});
  if (parts.count == 0 || parts.count > 2) return "";
  std::string_view name = parts.text[0];
  auto pair = split_word(name, kBybitLinearQuotes);
  if (parts.count == 2) {
    if (!pair) pair = {name, "USDC"};
    return dated(pair, pair->quote, parts.text[1]);
  }
  constexpr std::string_view kPerp = "PERP";
  if (!pair && name.size() > kPerp.size() && name.ends_with(kPerp)) {
    name.remove_suffix(kPerp.size());
    pair = {name, "USDC"};
  }
  return pair ? perpetual(pair, pair->quote) : "";
}

// "BTC-27SEP24-60000-C", in USDC, and "…-C-USDT".
std::string bybit_option(std::string_view symbol) {
  const NameParts parts = split_name(symbol).value_or(NameParts{});
  if (parts.count < 4) return "";
  const Pair pair{parts.text[0], parts.count == 5 ? parts.text[4] : "USDC"};
  return option(pair, pair.quote, parts.text[1], parts.text[2], parts.text[3]);
}

// "BTC_USDC", "BTC-PERPETUAL", "XRP_USDC-28JUN24", "BTC-28JUN24-60000-C".
std::string deribit(std::string_view symbol) {
  const NameParts parts = split_name(symbol).value_or(NameParts{});
  if (parts.count == 0) return "";
  const std::string_view name = parts.text[0];
  const size_t at = name.find('_');
  const bool is_pair = at != name.npos;
  const Pair pair{name.substr(0, at), is_pair ? name.substr(at + 1) : "USD"};
  const std::string_view settled = is_pair ? pair.quote : pair.base;
  if (parts.count == 1) return is_pair ? spot(pair) : "";
  if (parts.count == 2 && parts.text[1] == "PERPETUAL") return perpetual(pair, settled);
  if (parts.count == 2) return dated(pair, settled, parts.text[1]);
  if (parts.count == 4) return option(pair, settled, parts.text[1], parts.text[2], parts.text[3]);
  return "";
}

}  // namespace

std::string unified_symbol(Venue venue, std::string_view symbol) {
  switch (venue) {
    case Venue::kBinanceSpot:
      return spot(split_word(symbol, kBinanceQuotes));
    case Venue::kBinanceUs:
      return spot(split_word(symbol, kBinanceUsQuotes));
    case Venue::kBinanceUsdm:
      return binance_futures(symbol, kBinanceFuturesQuotes, false);
    case Venue::kBinanceCoinm:
      return binance_futures(symbol, kDollar, true);
    case Venue::kOkxSpot:
    case Venue::kOkxSwap:
    case Venue::kOkxFutures:
    case Venue::kOkxOption:
      return okx(symbol);
    case Venue::kBybitSpot:
      return spot(split_word(symbol, kBybitQuotes));
    case Venue::kBybitLinear:
      return bybit_linear(symbol);
    case Venue::kBybitInverse: {
      const auto pair = split_word(symbol, kDollar);
      return pair ? perpetual(pair, pair->base) : "";
    }
    case Venue::kBybitOption:
      return bybit_option(symbol);
    case Venue::kDeribit:
      return deribit(symbol);
  }
  return "";
}

}  // namespace keystile::market
