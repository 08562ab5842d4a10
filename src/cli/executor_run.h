// Doing what the executor wants done: asking the realm, speaking to exchanges, writing its ledger.
#pragma once

#include "cli/cli.h"
#include "cli/executor_folder.h"

namespace keystile::cli {

// Until SIGINT or SIGTERM, or until the realm's ledger says what cannot be.
Status run_executor(const ExecutorFolder& folder, Output& out);

// What its own ledger says, as the executor itself would begin with it.
Status replay_executor(const ExecutorFolder& folder, executor::Runner* runner);

// The keys of its vault, lent as long as that is open.
executor::FindKey keys_of(const vault::Vault& vault);

}  // namespace keystile::cli
