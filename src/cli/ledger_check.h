// The part of `keystile ledger` that checks, proves and mends.
#pragma once

#include <string>
#include <vector>

#include "cli/cli.h"
#include "ledger/verify.h"

namespace keystile::cli {

// What each witness of the settings has cosigned; where the ledger does not continue that, it is
// added to the damage. Without settings there are none.
struct WitnessReport {
  json::Array json;
  std::vector<std::string> lines;  // for people
};
WitnessReport check_witnesses(const Globals& globals, ledger::Verified* verified);

// fsck, mend, verify-proof.
void describe_ledger_checks(Command& group);

}  // namespace keystile::cli
