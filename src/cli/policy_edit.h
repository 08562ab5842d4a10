// Small changes to policy files that people also edit by hand: the text around stays as it is.
#pragma once

#include <string>

#include "base/result.h"
#include "policy/loader.h"

namespace keystile::cli {

// Sets one field of the [[client]] table of that name, in whichever file of the folder it stands:
// replaces the line of the field, or adds one below the name. value is TOML ("true", "\"x\"").
// Others that do the same at once wait for each other, and lose nothing of each other's. Gives back
// the file's text as it was and as it is, and its path, so that a change that is refused can be
// undone. "client.unknown" if no file has such a client.
struct Edit {
  std::string path;
  std::string before, after;
};
Result<Edit> set_client_field(const std::string& folder, const std::string& client,
                              const std::string& field, const std::string& value);
// The same in a version of the policy that stands in no folder.
Status set_client_field(policy::Bundle* bundle, const std::string& client, const std::string& field,
                        const std::string& value);
// Puts the text back. "policy.edited": somebody has changed the file since, perhaps revoked a
// client there; then it stays as it is.
Status undo(const std::string& folder, const Edit& edit);

// The text as a TOML basic string, with its quotes.
std::string toml_quoted(std::string_view text);

}  // namespace keystile::cli
