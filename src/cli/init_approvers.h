// The first approvers of a new realm: the only ones who are put in force without a quorum.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace keystile::cli {

struct Genesis {
  std::vector<std::string> approvers;  // "alice=KEYFILE"; several for one name: all are alice's
  int64_t threshold = 2;
  std::string hold;  // for what changes power, "72h"; empty: the policy's usual ones
};

// The policy's file about them. "init.approver" names what is wrong, also what the loader would
// refuse.
Result<std::string> approvers_toml(const Genesis& genesis);

}  // namespace keystile::cli
