// What is to be told of proposals, freezes and low balances, from the ledger alone. Sends nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "ledger/ledger.h"
#include "quorum/events.h"

namespace keystile::cli {

class NoticeFeed {
 public:
  // remind: so long before a proposal expires.
  explicit NoticeFeed(Millis remind) : remind_(remind) {}

  // Takes in one entry of the ledger, in order. What it means for people; nothing for most entries.
  std::optional<json::Value> take(ledger::Index index, std::string_view entry);

  // Proposals that still wait for approvals and expire soon; each is told once.
  std::vector<json::Value> reminders(WallTime now);

 private:
  struct Known {
    quorum::Proposal proposal;
    bool waits = true;  // for approvals
    bool reminded = false;
  };

  Millis remind_;
  std::map<uint64_t, Known> known_;  // those that are not settled
};

}  // namespace keystile::cli
