// Names that people read within a text, and sign.
#pragma once

#include <string_view>

#include "policy/loader.h"

namespace keystile::policy {

// Letters, digits, '-', '_' and '.', 64 at most, and no sign first: within a text it reads as a
// name and as nothing else.
bool is_name(std::string_view text);

// Earlier builds took any text for the name of a group of approvers. Those in force stay, so that
// they hold up no revocation; a new one is refused: "policy.refused", with its file and line.
Status check_group_names(const Policy& in_force, const Loaded& next);

}  // namespace keystile::policy
