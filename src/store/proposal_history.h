// What became of every proposal, in one SQLite file, for those who look back: lists, spreadsheets,
// queries with other tools. It follows from the ledger alone and is made anew from it where it is
// lost, damaged, edited or not this ledger's. Nothing that decides anything reads it, so whoever
// changes it moves nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace keystile::store {

// One proposal, as it stands. All texts but the id; what does not apply to its action is empty.
struct HistoryRow {
  uint64_t id = 0;
  std::string created, updated;  // as iso8601() writes
  std::string action, state;
  std::string account, asset, amount, value, currency;
  std::string to;  // the address's name, the wallet and account, or the version
  std::string asked_by;
  std::string exchange_id;
  std::string detail;  // of the last step
  bool operator==(const HistoryRow&) const = default;
};

struct HistoryFilter {
  std::optional<WallTime> since, until;  // by when it was made; until is not part of it
  std::string action, state, account, asset;
};

class ProposalHistory {
 public:
  // Opens or makes the file, and takes in what the ledger in the folder holds by now. Blocks; one
  // process at a time does it, others wait for it up to ten seconds. "history.database": the file
  // cannot be written; "history.stopped": it was told to; "ledger.…": the ledger cannot be read.
  static Result<ProposalHistory> open(const std::string& file, const std::string& ledger,
                                      const std::stop_token& stop = {});

  // Why all of it had to be made anew; empty: it had not, or there was none before.
  const std::string& rebuilt() const { return rebuilt_; }

  // So many of the ledger's entries it has taken in.
  uint64_t size() const { return size_; }

  // Oldest first. "history.database".
  Result<std::vector<HistoryRow>> find(const HistoryFilter& filter) const;

 private:
  explicit ProposalHistory(std::string file) : file_(std::move(file)) {}
  Status bring_up_to_date(const std::string& ledger, const std::string& name,
                          const std::stop_token& stop);

  std::string file_, rebuilt_;
  uint64_t size_ = 0;
};

}  // namespace keystile::store
