// Everything about one proposal in one file that anybody can verify with nothing but the public key
// of the realm's ledger: the policies that it ran under, all that happened to it with every
// signature, and for each of these entries a proof that it stands in the ledger. Pure.
// docs/formats/evidence.md shows one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "policy/loader.h"
#include "quorum/proposals.h"

namespace keystile::signer {

struct Evidence {
  struct Entry {
    std::string text;   // its exact bytes
    std::string proof;  // ledger::prove()
  };
  std::vector<policy::Bundle> policies;  // that the entries adopt, in their order
  // The adoption of the policy that was in force when it was proposed, and from then on all that
  // happened to it, and every later adoption, in the ledger's order. Of one to unfreeze also how
  // the freeze began and was lifted.
  std::vector<Entry> entries;
};

json::Value to_json(const Evidence& evidence);
Result<Evidence> read_evidence(std::string_view text);  // "evidence.format"

// What is proven by it.
struct Proven {
  std::string realm;  // the origin of its ledger
  quorum::Case what;
  struct Signature {
    std::string approver;
    quorum::Received received;
  };
  std::vector<Signature> signatures;  // those that counted when they came
};

// Comes to the proposal's state anew, from the entries alone. vkey: the ledger's, as known from
// elsewhere. That nothing is left out at the end only the whole ledger shows: what is proven is
// that it came so far.
//   "note.key"         the key is none
//   "evidence.proof"   an entry is not proven to stand in that ledger
//   "evidence.entry"   an entry that does not belong here, or they are not in order
//   "evidence.policy"  a policy is missing, left over, or not the one that was adopted
//   "evidence.steps"   what the entries say cannot have been: a signature that does not hold, a
//                      step without its quorum, …
Result<Proven> verify_evidence(const Evidence& evidence, const std::string& vkey);

}  // namespace keystile::signer
