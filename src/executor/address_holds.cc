#include "executor/address_holds.h"

namespace keystile::executor {

void AddressHolds::trust(const policy::Policy& policy) {
  for (const policy::BookAddress& entry : policy.addresses) {
    by_name_[entry.name] = {entry, std::nullopt};
  }
}

bool AddressHolds::change(const policy::Policy& next, const quorum::Clocks& now) {
  std::map<std::string, Listing> listed;
  for (const policy::BookAddress& entry : next.addresses) {
    const auto known = by_name_.find(entry.name);
    const bool stays = known != by_name_.end() && known->second.entry.is_same_place(entry);
    if (!stays && now.exchanges.empty()) return false;
    listed[entry.name] = {entry, stays ? known->second.since : std::optional(now)};
  }
  by_name_ = std::move(listed);
  return true;
}

Millis AddressHolds::listed_for(const policy::BookAddress& entry, const quorum::Clocks& now) const {
  const auto known = by_name_.find(entry.name);
  if (known == by_name_.end() || !known->second.entry.is_same_place(entry)) return Millis{0};
  if (!known->second.since) return Millis::max();
  return quorum::elapsed(*known->second.since, now).value_or(Millis{0});
}

}  // namespace keystile::executor
