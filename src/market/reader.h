// Reads one session of an exchange's market data stream, message by message, sans I/O: bytes in,
// events out. A session is what one or several connections made together brought; after a
// reconnect call reset().
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "market/events.h"

namespace keystile::market {

struct Message {
  std::string_view bytes;
  std::optional<int64_t> received_ns;  // our clock, since 1970
  // Set where bytes are the body of a REST answer: the symbol whose book was asked for.
  std::string_view snapshot_of = {};
};

// Larger messages are refused unread. No exchange sends a tenth of it.
inline constexpr size_t kMaxMessageBytes = 8 << 20;
// So are those with more levels of one side of a book: what one message costs is bounded.
inline constexpr size_t kMaxMessageLevels = 20'000;
// No name, id or word of an exchange is as long as this: some are kept.
inline constexpr size_t kMaxText = 256;
// A reader remembers at most so many instruments, and indices of a session.
inline constexpr size_t kMaxInstruments = 20'000;

// Why a message is refused.
enum class Fault : uint8_t {
  kNone,
  kSyntax,    // no JSON, or nested deeper than 32
  kType,      // a member is not of the type that it always has
  kMissing,   // a member is not there
  kRepeated,  // a member name twice in one object
  kNumber,    // no number, one of more than 28 digits, or one that cannot be: a negative amount
  kSize,      // more than kMaxMessageBytes, kMaxMessageLevels or kMaxText
  kCrowd,     // more than kMaxInstruments
};
inline constexpr size_t kFaults = 8;

struct Counts {
  uint64_t messages = 0;
  uint64_t events = 0;
  uint64_t gaps = 0;
  std::array<uint64_t, kFaults> faults{};  // by Fault
};

class Reader {
 public:
  virtual ~Reader() = default;

  // What the message says; nothing where it is an acknowledgement, a heartbeat or about something
  // that no event tells. The events hold until the next call. A message that is refused tells
  // nothing and changes nothing but counts(): "market.syntax", "market.type", "market.missing",
  // "market.repeated", "market.number", "market.size". One that is refused by "market.crowd" tells
  // nothing either, but what it says of instruments that are known is remembered.
  virtual Result<std::span<const Event>> read(const Message& message) = 0;

  // A new session: books and tickers start empty.
  virtual void reset() = 0;
  // A new session beside one of the same product: books start empty; tickers, which messages tell
  // in parts, as they are there.
  virtual void reset_beside(const Reader& other) = 0;

  // By which the exchange numbers changes: of the last one of this book. None: it is not whole.
  // Comparable between sessions, where the exchange does not begin to count anew.
  virtual std::optional<int64_t> book_number(std::string_view symbol) const = 0;

  virtual const Counts& counts() const = 0;
};

// Whether a symbol was asked for: nothing is told of others, or kept. Streams that come by kind of
// instrument tell of others as well, by and by of more than could be kept.
using IsWanted = std::function<bool(std::string_view symbol)>;

// is_wanted: none: all are. product: "binance-spot", "binance-us-spot", "binance-usdm",
// "binance-coinm", "okx", "bybit-spot", "bybit-linear", "bybit-inverse", "bybit-option", "deribit".
// "market.product": another.
Result<std::unique_ptr<Reader>> make_reader(std::string_view product, IsWanted is_wanted = {});

// Where a product's symbol is traded. Nothing: there is no such product.
std::optional<Venue> venue_of(std::string_view product, std::string_view symbol);

}  // namespace keystile::market
