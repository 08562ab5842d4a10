// Policy against what the ledger recorded: `policy suggest` and `policy plan --replay`.
#pragma once

#include <string>

#include "base/time.h"
#include "cli/cli.h"
#include "policy/model.h"

namespace keystile::cli {

// So long before `now`: "7d", "12h", "30m". "since.format".
Result<WallTime> time_before(const std::string& span, WallTime now);

// Prints the least grant that the client needed since then.
Result<int> suggest(const Globals& globals, Output& out, const std::string& client,
                    const std::string& span);

// Judges the requests since then by both policies, prints what would come out differently, and
// returns it for --json.
Result<json::Value> replay(const Globals& globals, Output& out, const policy::Policy& in_force,
                           const policy::Policy& planned, const std::string& span);

}  // namespace keystile::cli
