// How long each entry of the address book has been in force, by the clocks that were ours when it
// came. Pure.
#pragma once

#include <map>
#include <string>

#include "policy/model.h"
#include "quorum/hold.h"

namespace keystile::executor {

class AddressHolds {
 public:
  // The policy that is trusted, with all its addresses, came into force: whoever pinned it has read
  // them.
  void trust(const policy::Policy& policy);
  // Another one came into force. False, and nothing happened: it brings an address and no
  // exchange's clock is known, so that its hold could not begin.
  bool change(const policy::Policy& next, const quorum::Clocks& now);

  // The least time by any clock known then and now.
  Millis listed_for(const policy::BookAddress& entry, const quorum::Clocks& now) const;

 private:
  struct Listing {
    policy::BookAddress entry;
    std::optional<quorum::Clocks> since;  // none: it is trusted
  };
  std::map<std::string, Listing> by_name_;
};

}  // namespace keystile::executor
