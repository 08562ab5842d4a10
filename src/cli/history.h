// The history of proposals beside a realm's ledger: kept up while it is served, and shown.
#pragma once

#include <thread>

#include "cli/cli.h"
#include "signer/layout.h"

namespace keystile::cli {

// While it lives the history follows the ledger, in a thread of its own; no request waits for it.
class HistoryFollower {
 public:
  explicit HistoryFollower(const signer::Layout& layout);

 private:
  std::jthread thread_;
};

// keystile proposal history
void add_history(Command& proposal);

}  // namespace keystile::cli
