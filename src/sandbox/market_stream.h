// Market data as an exchange pushes it over a WebSocket: what one connection has subscribed to, and
// what happened in the engine since it was last told. Sans I/O; a front end makes one per
// connection.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/venue.h"

namespace keystile::sandbox {

class MarketStream {
 public:
  virtual ~MarketStream() = default;
  // A message from the program, and the answers to it. now: the exchange's clock.
  virtual std::vector<std::string> receive(std::string_view text, WallTime now) = 0;
  // What has happened since the last call, for all that it has subscribed to. To be called after
  // every request that the venue has served: then a book that was fetched by REST is one that the
  // stream has passed as well.
  virtual std::vector<std::string> pump(WallTime now) = 0;
};

struct BookChange {
  uint64_t before = 0, after = 0;  // BookSnapshot::sequence
  std::vector<Level> bids, asks;   // quantity 0: gone
};

// One instrument's book, as deep as somebody wants to see it.
class BookWatch {
 public:
  BookWatch(std::string instrument, size_t depth)
      : instrument_(std::move(instrument)), depth_(depth) {}

  // The book as it stands; what next() tells begins here.
  const BookSnapshot& start(const Engine& engine);
  // What is different since then; nothing: nothing is. Afterwards that is what it begins from.
  std::optional<BookChange> next(const Engine& engine);
  const BookSnapshot& last() const { return last_; }

 private:
  std::string instrument_;
  size_t depth_;
  BookSnapshot last_;
};

// One instrument's trades: each once, from the moment it is made.
class TradeWatch {
 public:
  TradeWatch(std::string instrument, const Market& market);
  std::vector<PublicTrade> next(const Market& market);  // oldest first

 private:
  std::string instrument_;
  std::optional<TradeId> last_;
};

}  // namespace keystile::sandbox
