// What an approver reads and signs. docs/formats/approval.md shows it.
#pragma once

#include <string>
#include <string_view>

#include "quorum/proposal.h"

namespace keystile::quorum {

enum class Decision { kApprove, kReject };
std::string_view to_string(Decision decision);  // "approve", "reject"
std::optional<Decision> parse_decision(std::string_view text);

// One fact a line, the decision first. Printable ASCII; the same proposal gives the same bytes on
// every machine, and another proposal or decision gives others.
std::string approval_text(const Proposal& proposal, Decision decision);

// For `ssh-keygen -Y sign -n`: "withdraw@keystile". One for each action, so that no signature
// serves two of them, or anything else that the key signs.
std::string name_space(Action action);

}  // namespace keystile::quorum
