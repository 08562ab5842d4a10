// What exchanges say about their markets, in one language. Names and meanings follow the normalised
// format that tardis-machine made common; docs/market-data.md tells where and why we differ.
//
// Events are views: their texts and levels live in the message that was read, or in the reader, and
// hold until it reads the next one. Nothing here owns memory but Instrument.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "market/number.h"

namespace keystile::market {

// One per market of an exchange that numbers, names or lists its instruments apart.
enum class Venue : uint8_t {
  kBinanceSpot,
  kBinanceUs,
  kBinanceUsdm,
  kBinanceCoinm,
  kOkxSpot,
  kOkxSwap,
  kOkxFutures,
  kOkxOption,
  kBybitSpot,
  kBybitLinear,
  kBybitInverse,
  kBybitOption,
  kDeribit,
};

// Made once by a reader and kept as long as it is, so that its address can stand for it.
struct Instrument {
  Venue venue;
  std::string symbol;   // as the exchange spells it: "BTC-USDT-SWAP"
  std::string unified;  // as ccxt does: "BTC/USDT:USDT"; empty: see unified.h
};

enum class Side : uint8_t { kUnknown, kBuy, kSell };

// Begins every event.
struct Origin {
  const Instrument* instrument = nullptr;
  std::optional<int64_t> time_us;      // the exchange's clock, since 1970; none: it does not say
  std::optional<int64_t> received_ns;  // our clock, since 1970; none: a recording without
};

// One trade, or one order's trades at one price where the exchange only tells that (Binance
// aggTrade, OKX trades).
struct Trade {
  Origin origin;
  std::string_view id;
  Number price;
  Number amount;               // in the exchange's unit: coins or contracts
  Side side = Side::kUnknown;  // the taker's
};

// An amount is the new total at that price; 0 takes the level away.
struct Level {
  Number price;
  Number amount;
};

// A snapshot replaces the book. Changes come in the order in which they apply, without a gap: where
// one is missing a Notice stands in its place, and nothing more until the next snapshot. Changes
// that come before the first snapshot (a stream joined in its middle) apply to nothing.
struct BookChange {
  Origin origin;
  bool is_snapshot = false;
  std::span<const Level> bids;  // as the exchange orders them: the best first, as a rule
  std::span<const Level> asks;
  std::optional<int32_t> checksum;  // OKX's CRC32 of the book after this change
};

// An empty side is absent.
struct BookTicker {
  Origin origin;
  std::optional<Number> bid_price, bid_amount, ask_price, ask_amount;
};

// What is known of a contract so far, gathered over messages; told whenever one of these changed.
// time_us is the latest that any of its messages named.
struct DerivativeTicker {
  Origin origin;
  std::optional<Number> last_price, open_interest, funding_rate;
  std::optional<int64_t> funding_time_us;  // of the next payment
  std::optional<Number> predicted_funding_rate, index_price, mark_price;
};

// A position closed by force. side: of the closing order, so kBuy is the end of a short.
struct Liquidation {
  Origin origin;
  std::string_view id;  // empty: the exchange gives none
  Number price;
  Number amount;
  Side side = Side::kUnknown;
};

struct OptionSummary {
  Origin origin;
  bool is_put = false;
  Number strike_price;
  int64_t expiration_us = 0;
  std::optional<Number> bid_price, bid_amount, bid_iv, ask_price, ask_amount, ask_iv;
  std::optional<Number> last_price, open_interest, mark_price, mark_iv;
  std::optional<Number> delta, gamma, vega, theta, rho, underlying_price;
  std::string_view underlying_index;
};

enum class Trading : uint8_t { kOpen, kPaused, kPending, kClosed, kUnknown };

struct InstrumentStatus {
  Origin origin;
  Trading trading = Trading::kUnknown;
  std::string_view text;  // the exchange's own word
};

// About the stream itself.
enum class Break : uint8_t {
  kGap,     // a change of the book is missing: a new snapshot is needed
  kStale,   // nothing came for longer than this stream is ever silent
  kResync,  // the book is whole again; its snapshot comes next
};

struct Notice {
  Origin origin;
  Break what = Break::kGap;
};

using Event = std::variant<Trade, BookChange, BookTicker, DerivativeTicker, Liquidation,
                           OptionSummary, InstrumentStatus, Notice>;

}  // namespace keystile::market
