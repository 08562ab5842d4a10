// What the history of proposals keeps of each, and of each entry of the ledger about it.
#pragma once

#include <string>

#include "quorum/events.h"
#include "store/proposal_history.h"

namespace keystile::store {

// One entry of the ledger about a proposal.
struct StepRow {
  uint64_t entry = 0, proposal = 0;
  std::string time, what, detail;
};

HistoryRow row_of(const quorum::Proposal& proposal);
// What an entry says, and what it changes of its proposal.
void take_note(const quorum::Event& event, StepRow* step, HistoryRow* row);

// An edited row has another one. Whoever computes it anew deceives those who look back, until the
// file is made anew; the ledger is what proves.
std::string digest_of(const HistoryRow& row);
std::string digest_of(const StepRow& row);

}  // namespace keystile::store
