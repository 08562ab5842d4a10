#include "policy/quorum.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace keystile::policy {
namespace {

// Seats people by augmenting paths: who sits may move to another seat to make room.
class Seats {
 public:
  Seats(const Rule& rule, size_t people) {
    for (size_t ask = 0; ask < rule.asks.size(); ++ask) {
      const size_t seats = std::min<size_t>(rule.asks[ask].approvals, people);
      seats_.resize(seats_.size() + seats, {ask, &rule.asks[ask].group, nullptr});
    }
  }

  void add(const Approver& person) {
    tried_.clear();
    sit(person);
  }

  std::vector<uint32_t> taken(size_t asks) const {
    std::vector<uint32_t> counts(asks, 0);
    for (const Seat& seat : seats_) {
      if (seat.by) ++counts[seat.ask];
    }
    return counts;
  }

 private:
  struct Seat {
    size_t ask;
    const std::string* group;
    const Approver* by;
  };

  bool sit(const Approver& person) {
    for (Seat& seat : seats_) {
      const auto& groups = person.groups;
      if (std::find(groups.begin(), groups.end(), *seat.group) == groups.end()) continue;
      if (!tried_.insert(&seat).second) continue;
      if (seat.by && !sit(*seat.by)) continue;
      seat.by = &person;
      return true;
    }
    return false;
  }

  std::vector<Seat> seats_;
  std::set<const Seat*> tried_;  // for the person who is added
};

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::kWithdraw:
      return "withdraw";
    case Action::kTransfer:
      return "transfer";
    case Action::kPolicy:
      return "policy";
    case Action::kApprovers:
      return "approvers";
    case Action::kUnfreeze:
      return "unfreeze";
  }
  return "unknown";
}

std::optional<Action> parse_action(std::string_view text) {
  for (const Action action : kActions) {
    if (text == to_string(action)) return action;
  }
  return std::nullopt;
}

const Approver* find_approver(std::span<const Approver> approvers, const crypto::SshKey& key) {
  const Approver* found = nullptr;
  for (const Approver& each : approvers) {
    if (std::find(each.keys.begin(), each.keys.end(), key) == each.keys.end()) continue;
    if (found) return nullptr;
    found = &each;
  }
  return found;
}

uint32_t Rule::people() const {
  return std::accumulate(asks.begin(), asks.end(), uint32_t{0},
                         [](uint32_t sum, const Ask& ask) { return sum + ask.approvals; });
}

std::vector<uint32_t> seat(const Rule& rule, std::span<const Approver* const> people) {
  Seats seats(rule, people.size());
  for (const Approver* person : people) seats.add(*person);
  return seats.taken(rule.asks.size());
}

const Quorum* quorum_for(std::span<const Quorum> quorums, Action action) {
  for (const Quorum& quorum : quorums) {
    if (quorum.action == action) return &quorum;
  }
  return action == Action::kUnfreeze ? quorum_for(quorums, Action::kPolicy) : nullptr;
}

const Rule* Quorum::rule_for(const std::optional<Decimal>& value) const {
  for (const Tier& tier : tiers) {
    if (!tier.up_to || (value && *value <= *tier.up_to)) return &tier.rule;
  }
  return nullptr;
}

}  // namespace keystile::policy
