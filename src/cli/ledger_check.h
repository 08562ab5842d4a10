// The part of `keystile ledger` that checks, proves and mends.
#pragma once

#include "cli/cli.h"

namespace keystile::cli {

// fsck, mend, verify-proof.
void describe_ledger_checks(Command& group);

}  // namespace keystile::cli
