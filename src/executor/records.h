// What this executor's own ledger says of the withdrawals that it has sent or looked for. Whoever
// has taken over the gate cannot write there. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/decimal.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "quorum/events.h"

namespace keystile::executor {

// How a withdrawal ended, or where nobody knows, how far that is known.
struct End {
  quorum::State state = quorum::State::kUnknown;
  std::string detail, exchange_id;
};

class Records {
 public:
  // An entry "sending" or "ended", with the time when it was written. "executor.ledger": it cannot
  // be read.
  Status take(const json::Value& entry);

  // Sent then, or may have been.
  std::optional<WallTime> sending(uint64_t id) const;
  // What it was worth then by the exchange's own price; none: it was not known, or not needed.
  std::optional<Decimal> worth(uint64_t id) const;
  // Null: it has none yet.
  const End* end(uint64_t id) const;
  uint64_t count_sent() const { return sending_.size(); }
  uint64_t count_ended(quorum::State as) const;
  // The exchanges' own ids of those that were found or accepted.
  std::vector<std::string> exchange_ids() const;

 private:
  struct Sending {
    WallTime at{};
    std::optional<Decimal> worth;
  };
  std::map<uint64_t, Sending> sending_;
  std::map<uint64_t, End> ends_;
};

}  // namespace keystile::executor
