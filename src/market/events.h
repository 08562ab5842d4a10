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

// What an exchange's own REST answers tell of a book or a best bid and ask beside prices and
// amounts. Absent: the stream does not tell it, or counts otherwise than those answers do.
struct Stamp {
  std::optional<int64_t> number{};  // of the state: Binance's lastUpdateId, OKX's seqId, Bybit's u
  std::optional<int64_t> sequence{};    // Bybit's seq
  std::optional<int64_t> matched_us{};  // by the matching engine's clock: Binance's T, Bybit's cts
};

// The same of a trade.
struct TradeStamp {
  std::optional<int64_t> sequence{};    // Bybit's seq
  std::optional<bool> is_block{};       // Bybit
  std::optional<bool> is_retail{};      // Bybit's RPI
  std::optional<bool> is_best_match{};  // Binance spot's M
  std::optional<int64_t> source{};      // OKX
};

// One trade, or one order's trades at one price where the exchange only tells that (Binance
// aggTrade, OKX trades).
struct Trade {
  Origin origin;
  std::string_view id;
  Number price;
  Number amount;               // in the exchange's unit: coins or contracts
  Side side = Side::kUnknown;  // the taker's
  TradeStamp stamp{};
};

// An amount is the new total at that price; 0 takes the level away.
struct Level {
  // More orders than this are not counted any more.
  static constexpr uint16_t kManyOrders = 0xffff;

  Number price;
  [[no_unique_address]] Number amount;
  uint16_t orders = 0;  // that it is made of; 0: the exchange does not say
};
static_assert(sizeof(Level) == 32,
              "books are made of these: what is known of few costs all nothing");

// A snapshot replaces the book. Changes come in the order in which they apply, without a gap: where
// one is missing a Notice stands in its place, and nothing more until the next snapshot. Changes
// that come before the first snapshot (a stream joined in its middle) apply to nothing.
struct BookChange {
  Origin origin;
  bool is_snapshot = false;
  std::span<const Level> bids;  // as the exchange orders them: the best first, as a rule
  std::span<const Level> asks;
  std::optional<int32_t> checksum;  // OKX's CRC32 of the book after this change
  Stamp stamp{};
  // Of a snapshot that ends there, though the exchange's book goes on: its worst prices.
  std::optional<Number> last_bid{}, last_ask{};
};

// An empty side is absent.
struct BookTicker {
  Origin origin;
  std::optional<Number> bid_price, bid_amount, ask_price, ask_amount;
  Stamp stamp{};
};

// What is known of a contract so far, gathered over messages; told whenever one of these changed.
// time_us is the latest that any of its messages named.
struct DerivativeTicker {
  Origin origin;
  std::optional<Number> last_price, open_interest, funding_rate;
  std::optional<int64_t> funding_time_us;  // of the next payment
  std::optional<Number> predicted_funding_rate, index_price, mark_price;
  // When the mark price was last told, as in Origin: the others may come without it.
  std::optional<int64_t> mark_time_us{}, mark_received_ns{};
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
