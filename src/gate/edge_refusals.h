// Requests that were refused before the signer saw them: what is not one plain HTTP request, or
// names no exchange or source. Private to gate/.
#pragma once

#include <string>
#include <vector>

#include "metrics/family.h"
#include "net/server.h"

namespace keystile::gate {

// One listener's refusals, by the server and by the gate itself.
struct EdgeRefusals {
  std::string listener;
  net::CountsByStatus by_server, by_gate;
};

metrics::Family edge_refusals(const std::vector<EdgeRefusals>& all);

}  // namespace keystile::gate
