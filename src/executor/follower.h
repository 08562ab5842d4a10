// Following a realm's ledger from another machine: that what is told continues what was told
// before, entry by entry, under the log's own signature. Pure.
#pragma once

#include <optional>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

namespace keystile::executor {

// How far a log was followed: the roots of its full subtrees, from left to right, which is all that
// is needed to see that a later checkpoint continues it.
struct Position {
  uint64_t size = 0;
  std::vector<ledger::Hash> edge;

  void add(const ledger::Hash& leaf);
  ledger::Hash root() const;
  bool operator==(const Position&) const = default;
};
json::Value to_json(const Position& position);
Result<Position> read_position(const json::Value& json);  // "executor.ledger"

// An entry that is about proposals, freezes or policies, proven to stand in the log.
struct Line {
  uint64_t index = 0;
  WallTime time{};  // by the clock of whoever wrote the log
  json::Value entry;
};
// "executor.entry": it has no index or time.
Result<Line> read_line(json::Value entry);

class Follower {
 public:
  // The log is known by its key, whose name is its origin.
  explicit Follower(ledger::NoteKey key, Position from = {})
      : key_(std::move(key)), proven_(from), told_(std::move(from)) {}

  // The entry that is to be asked for next.
  uint64_t wants() const { return told_.size; }
  // Takes one answer to "ledger.entries" from wants(): the texts of entries, and a checkpoint.
  // Until the entries reach a checkpoint nothing of them is believed; then those lines come out.
  //   "executor.answer"  it cannot be read, or tells nothing (retryable): ask again
  //   "executor.forked"  the log is shorter or another than before, or is signed by nobody we know:
  //                      do not go on
  Result<std::vector<Line>> take(const json::Value& answer);
  // More is to be asked for at once.
  bool is_behind() const { return aim_.has_value(); }
  const Position& proven() const { return proven_; }

 private:
  Status aim(std::string_view note);
  Status add(std::string_view text);

  ledger::NoteKey key_;
  Position proven_, told_;
  std::optional<ledger::Checkpoint> aim_;  // what the entries told since must lead to
  std::vector<Line> lines_;                // of those
};

}  // namespace keystile::executor
