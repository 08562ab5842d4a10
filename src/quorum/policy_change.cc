#include "quorum/policy_change.h"

#include "policy/loader.h"

namespace keystile::quorum {

PolicyChange policy_change(const policy::Policy& before, const policy::Policy& after,
                           uint64_t version, std::string hash) {
  const auto changes = policy::plan(before, after);
  PolicyChange told{version,
                    std::move(hash),
                    policy::touches_approvers(before, after),
                    policy::widens(changes),
                    {}};
  for (const policy::Change& change : changes) told.changes.push_back(change.text);
  return told;
}

}  // namespace keystile::quorum
