// What a reader remembers of each instrument.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "market/events.h"
#include "market/reader.h"
#include "market/sequence.h"
#include "market/snapshot_join.h"

namespace keystile::market {

struct Symbol {
  explicit Symbol(Instrument made) : instrument(std::move(made)) {}
  void reset() { *this = Symbol(std::move(instrument)); }
  // What was gathered from messages that each tell only a part, as another session knows it.
  void inherit(const Symbol& from);

  Instrument instrument;
  // Of one session:
  Sequence sequence;         // of exchanges whose streams bring snapshots,
  SnapshotJoin join;         // and of those whose do not
  int64_t depth = 0;         // Bybit: of the book stream that is read
  DerivativeTicker ticker;   // as gathered so far
  BookTicker top;            // the best bid and ask, where messages do not always hold both
  bool has_own_top = false;  // OKX: a stream of its own tells the best bid and ask
};

class Symbols {
 public:
  Symbol* find(std::string_view name);
  const Symbol* find(std::string_view name) const;
  // Null: there are kMaxInstruments already. Allocates for a new one only.
  Symbol* find_or_add(std::string_view name, Venue venue);

  // Of indices, which contracts are named after. False: there are kMaxInstruments already.
  bool set_index(std::string_view name, const Number& price);
  std::optional<Number> index(std::string_view name) const;

  // Another session: of indices nothing is known, of instruments that they are there.
  void reset();
  void inherit(const Symbols& from);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  // unique_ptr: events point at the instruments.
  std::unordered_map<std::string, std::unique_ptr<Symbol>, Hash, std::equal_to<>> symbols_;
  std::unordered_map<std::string, Number, Hash, std::equal_to<>> indices_;
};

// Gathering of a DerivativeTicker: takes what a message has and tells whether anything changed.
template <class T>
bool update(std::optional<T>* held, const std::optional<T>& now) {
  if (!now || *held == now) return false;
  *held = now;
  return true;
}
void update_time(DerivativeTicker* ticker, const std::optional<int64_t>& time_us);

}  // namespace keystile::market
