// Adopted versions of the policy: each keeps its number and its text for good.
#pragma once

#include <string>

#include "cli/cli.h"
#include "signer/realm.h"

namespace keystile::cli {

// The text of the version of that number; empty: of the one in force. "policy.version".
Result<signer::InForce> stored_policy(const Globals& globals, const std::string& version);

Result<int> policy_history(const Globals& globals, Output& out);

// version: its number; empty: the one in force. "policy.version": there is none of that number.
Result<int> show_policy(const Globals& globals, Output& out, const std::string& version);

// In words, what `to` allows that `from` does not, and the other way round.
Result<int> diff_policies(const Globals& globals, Output& out, const std::string& from,
                          const std::string& to);

// Puts an earlier text in force as a new version; under the same rules as any other change.
Result<int> roll_back_policy(const Globals& globals, Output& out, const std::string& version);

}  // namespace keystile::cli
