// What a client that may transfer should have.
#include <fmt/format.h>

#include <algorithm>

#include "policy/draft.h"

namespace keystile::policy {
namespace {

void check_pairs(const Grant& grant, const Place& place, Report* report) {
  if (grant.transfers_out && grant.transfer_pairs.empty()) {
    report->warn(place, "client.any_transfer_pair",
                 "transfers_out without transfer_pairs: it may send to every sub-account and user "
                 "that the exchange lets its key reach; name the pairs");
  }
  for (const TransferPair& pair : grant.transfer_pairs) {
    if (!pair.leaves_account() || grant.transfers_out) continue;
    report->warn(place, "client.pair_leaves_account",
                 fmt::format("\"{}\" names another account, and without transfers_out = true it is "
                             "refused",
                             to_string(pair)));
  }
}

void check_approval(const Grant& grant, const Policy& policy, const Place& place, Report* report) {
  if (!grant.transfer_approval_above) return;
  if (!policy.quorum(Action::kTransfer)) {
    report->error(place, "client.transfer_needs_quorum",
                  "transfer_approval_above leaves transfers to people, and nothing says who "
                  "approves them: add a [[quorum]] for transfer");
  }
  if (grant.max_transfer && *grant.max_transfer <= *grant.transfer_approval_above) {
    report->warn(place, "client.transfer_never_asks",
                 "max_transfer is not above transfer_approval_above, so nobody is ever asked");
  }
}

}  // namespace

void check_transfers(const Draft& draft, Report* report) {
  for (size_t i = 0; i < draft.policy.clients.size(); ++i) {
    const Grant& grant = draft.policy.clients[i].grant;
    const Place& place = draft.clients[i];
    const auto& scopes = grant.scopes;
    if (std::find(scopes.begin(), scopes.end(), exchanges::Scope::kTransfer) == scopes.end()) {
      continue;
    }
    if (grant.transfer_assets.empty() || !grant.max_transfer) {
      report->warn(place, "client.nothing_to_transfer",
                   "it may transfer, but transfer_assets or max_transfer is missing, so every "
                   "transfer is refused");
    }
    check_pairs(grant, place, report);
    check_approval(grant, draft.policy, place, report);
  }
}

}  // namespace keystile::policy
