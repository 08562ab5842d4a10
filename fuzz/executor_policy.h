// The realm of the executor's target: its approvers' keys are nobody's, so that nothing in an input
// is signed by them.
#pragma once

#include "policy/loader.h"

namespace keystile::fuzz {

inline policy::Bundle executor_policy() {
  return {{{"a.toml", R"([realm]
name = "desk"
[[environment]]
name = "production"
tier = "production"
[[environment.upstream]]
exchange = "binance"
[[account]]
name = "binance-main"
exchange = "binance"
environment = "production"
kind = "storage"
[[address]]
name = "cold-wallet"
assets = ["USDT"]
network = "tron"
address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
[[approver]]
name = "alice"
groups = ["treasury"]
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMJ8pcb8BHTJFvEefKUOTTNSz0sUEW1NuMViy1aNosum"]
[[approver]]
name = "bob"
groups = ["treasury"]
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN456tQVmf8wTDARKva4+IVrShI26xiaoCXJJzOzDi0s"]
[[quorum]]
actions = ["policy", "approvers", "withdraw"]
approvals = { treasury = 2 }
)"}}};
}

}  // namespace keystile::fuzz
