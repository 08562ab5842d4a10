// The commands, one file each; main.cc lists them.
#pragma once

#include "cli/cli.h"

namespace keystile::cli {

void add_approve(Command& root);
void add_ca(Command& root);
void add_client(Command& root);
void add_debug_signature(Command& root);
void add_doctor(Command& root);
void add_exec(Command& root);
void add_executor(Command& root);
void add_explain(Command& root);
void add_feed(Command& root);
void add_freeze(Command& root);
void add_inbox(Command& root);
void add_init(Command& root);
void add_key(Command& root);
void add_ledger(Command& root);
void add_market(Command& root);
void add_policy(Command& root);
void add_proposal(Command& root);
void add_reject(Command& root);
void add_routes(Command& root);
void add_sandbox(Command& root);
void add_serve(Command& root);
void add_verify(Command& root);
void add_unfreeze(Command& root);
void add_vault(Command& root);
void add_transfer(Command& root);
void add_withdraw(Command& root);

}  // namespace keystile::cli
