#include "net/places.h"

#include <algorithm>
#include <tuple>

namespace keystile::net {

size_t Places::taken_by(uint32_t who) const {
  const auto found = by_.find(who);
  return found == by_.end() ? 0 : found->second;
}

bool Places::may_have(const Turn& turn) const {
  const size_t all = turn.is_urgent ? most_ : most_ - most_ / 4;
  return taken_ < all && taken_by(turn.who) < std::max<size_t>(all / 2, 1);
}

bool Places::take(const Turn& turn) {
  if (!may_have(turn)) return false;
  ++taken_;
  ++by_[turn.who];
  return true;
}

void Places::give_back(const Turn& turn) {
  --taken_;
  const auto found = by_.find(turn.who);
  if (--found->second == 0) by_.erase(found);
}

std::optional<size_t> Places::next(const std::vector<Turn>& waiting) const {
  std::optional<size_t> first;
  const auto rank = [&](size_t i) {
    return std::tuple(!waiting[i].is_urgent, taken_by(waiting[i].who));
  };
  for (size_t i = 0; i < waiting.size(); ++i) {
    if (may_have(waiting[i]) && (!first || rank(i) < rank(*first))) first = i;
  }
  return first;
}

}  // namespace keystile::net
