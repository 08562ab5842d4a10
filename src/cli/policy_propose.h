// How a policy is put before the approvers.
#pragma once

#include "cli/cli.h"

namespace keystile::cli {

void describe_policy_propose(Command& group);

}  // namespace keystile::cli
