// Since when each entry of the address book has been in force, so that a new one waits before its
// first use. Known from ledger entries alone: one is written when the gate first sees an entry in
// force and an exchange's clock, another when the entry is gone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "policy/model.h"
#include "quorum/hold.h"

namespace keystile::signer {

class Listings {
 public:
  // Takes in one ledger entry of any kind. "ledger.entry".
  Status apply(const json::Value& entry);

  // The entries to be written now. An address whose receiver, network, memo or assets changed
  // begins anew.
  std::vector<json::Value> due(const policy::Policy& in_force, const quorum::Clocks& now) const;

  // The least time by any clock known then and now; none if it is not listed as it stands here, or
  // if no exchange's clock tells.
  Millis listed_for(const policy::BookAddress& entry, const quorum::Clocks& now) const;

 private:
  struct Listing {
    policy::BookAddress entry;
    quorum::Clocks since;
  };
  const Listing* find(const policy::BookAddress& entry) const;
  std::map<std::string, Listing> by_name_;
};

}  // namespace keystile::signer
