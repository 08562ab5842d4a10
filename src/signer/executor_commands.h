// What the executor asks of the gate. It trusts no answer: see executor/chain.h. Only it may ask,
// which signed_command.h has checked.
#pragma once

#include "base/json.h"
#include "signer/realm.h"

namespace keystile::signer {

//   ledger.entries  from               {"entries": [their exact texts, from that index on],
//                                      "checkpoint": a signed note}; none beyond the checkpoint,
//                                      and no more than fit into an answer
//   policy.bundle   hash               {"bundle": the text of a policy that was in force}
//   proposal.step   id, to, detail,    {"state": …}, once it is on disk. to: executing (with
//                   clocks             clocks), done, failed or unknown; of a withdrawal or
//                                      transfer only. Executing adds power: it waits while
//                                      Realm::may_widen() says so
// Nothing: no command of this kind. The errors are those of quorum::Proposals::check() and of the
// ledger, "control.argument", or "policy.adopted".
std::optional<Result<json::Value>> executor_command(Realm& realm, const json::Value& command);

}  // namespace keystile::signer
