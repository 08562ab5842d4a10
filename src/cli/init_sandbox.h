// Connects a new realm to a sandbox: its exchanges, its keys, and one first client each.
#pragma once

#include <string>

#include "base/json.h"
#include "cli/cli.h"

namespace keystile::cli {

// Waits until a `keystile sandbox` that was just started says where it listens. "init.sandbox" if
// it does not within ten seconds.
Status wait_for_sandbox(const std::string& folder);

// `folder` is that of a `keystile sandbox`. Writes policy/sandbox.toml, puts the sandbox's keys in
// the environment's vault, adds a client per exchange and adopts it all. Prints each client's
// access, secrets included; returned too for --json.
Result<json::Value> add_sandbox_accounts(const Globals& globals, Output& out,
                                         const std::string& folder, const std::string& environment);

}  // namespace keystile::cli
