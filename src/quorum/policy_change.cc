#include "quorum/policy_change.h"

#include "policy/loader.h"

namespace keystile::quorum {
namespace {

// What people sign is ASCII, where an arrow would be shown as its number.
std::string in_ascii(std::string text) {
  constexpr std::string_view kArrow = "→";
  for (size_t at = 0; (at = text.find(kArrow, at)) != text.npos;)
    text.replace(at, kArrow.size(), "->");
  return text;
}

}  // namespace

PolicyChange policy_change(const policy::Policy& before, const policy::Policy& after,
                           uint64_t version, std::string hash) {
  const auto changes = policy::plan(before, after);
  PolicyChange told{version,
                    std::move(hash),
                    policy::touches_approvers(before, after),
                    policy::widens(changes),
                    {}};
  for (const policy::Change& change : changes) told.changes.push_back(in_ascii(change.text));
  return told;
}

}  // namespace keystile::quorum
