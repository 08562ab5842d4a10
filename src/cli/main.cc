#include <cstdio>

#include "base/secret.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  using namespace keystile;
  if (const auto hardened = harden_process(); !hardened) {
    std::fprintf(stderr, "keystile: %s\n", hardened.error().message.c_str());
    return cli::kFailed;
  }
  return cli::run_cli(argc, argv,
                      {
                          // One line per command, in the order of --help.
                          cli::add_init,
                          cli::add_serve,
                          cli::add_client,
                          cli::add_policy,
                          cli::add_transfer,
                          cli::add_withdraw,
                          cli::add_freeze,
                          cli::add_unfreeze,
                          cli::add_inbox,
                          cli::add_approve,
                          cli::add_reject,
                          cli::add_proposal,
                          cli::add_verify,
                          cli::add_explain,
                          cli::add_key,
                          cli::add_vault,
                          cli::add_ca,
                          cli::add_ledger,
                          cli::add_sandbox,
                          cli::add_exec,
                          cli::add_executor,
                          cli::add_feed,
                          cli::add_market,
                          cli::add_routes,
                          cli::add_doctor,
                          cli::add_debug_signature,
                      });
}
