// Tells people elsewhere what happens to proposals: [[notice]] of keystile.toml. Each has a thread
// of its own that reads the ledger's files, so that no request waits for it and one that is slow
// holds up no other.
#pragma once

#include <thread>
#include <vector>

#include "signer/layout.h"

namespace keystile::cli {

// While it lives. Every notice is delivered at least once, in order, also over restarts: how far
// each has come is kept in run/. One that could not be delivered in two minutes is given up and
// logged. A new one begins with what happens from then on.
class Notices {
 public:
  Notices(const signer::Layout& layout, const std::vector<signer::NoticeSettings>& settings);

 private:
  std::vector<std::jthread> threads_;
};

}  // namespace keystile::cli
