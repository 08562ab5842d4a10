// The parts of the benchmark, one command each; bench.py puts them together. Each prints JSON lines
// on standard output.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace keystile::bench {

using Arguments = std::vector<std::string>;

// FOLDER UPSTREAM_PORT CLIENTS ENTRIES: makes a realm with that many clients, and a ledger with at
// least that many entries.
Status make_realm(const Arguments& arguments);
// FOLDER: serves the realm over plain HTTP on loopback until SIGTERM; prints {"port":…}.
Status serve_gate(const Arguments& arguments);
// Generates load and answers as the exchange does, in one thread. Reads its orders from standard
// input; see traffic.cc.
Status run_traffic(const Arguments& arguments);
// FOLDER CLIENTS REQUESTS: the signer alone, without sockets.
Status measure_signer(const Arguments& arguments);
// FOLDER: what each stage of one order costs, alone and warm.
Status measure_stages(const Arguments& arguments);

}  // namespace keystile::bench
