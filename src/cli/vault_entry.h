// What `vault` and `key` share: reading one entry of a vault from its owner, and showing what an
// entry is. Secrets come by descriptor or from the terminal, never as words of the command.
#pragma once

#include <string>
#include <vector>

#include "cli/cli.h"
#include "policy/model.h"
#include "vault/vault.h"

namespace keystile::cli {

struct EntryOptions {
  std::string key_id;
  std::string algorithm;
  int64_t secret_fd = -1;  // -1: ask
  int64_t passphrase_fd = -1;
};
// Adds --id, --algorithm, --secret-fd and --passphrase-fd.
void describe_entry(Command& command, EntryOptions* options);

// Whether keys of the role are only ever in the executor's vault: a gate that is taken over must
// not have them.
bool is_executors(policy::Role role);

enum class Passphrase { kNone, kAsk };

// Reads what the options do not bring from the terminal. A private key must come by descriptor: it
// is a text of several lines. "key.secret", "terminal.…".
Result<vault::NewEntry> read_entry(std::string name, const EntryOptions& options,
                                   Passphrase passphrase);

// No secret: name, id, algorithm, public half, time.
json::Value to_json(const vault::Info& info);
// The same as a table, one line per entry.
void print_entries(const std::vector<vault::Info>& infos, Output& out);

}  // namespace keystile::cli
