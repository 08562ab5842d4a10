// Who gets one of a host's connections where not everybody can. A quarter is kept for what is
// urgent, and nobody has more than half of what there is for his kind: so neither many slow
// requests of one program nor those of all together stand before somebody's cancel. Private to
// net/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/client.h"

namespace keystile::net {

class Places {
 public:
  explicit Places(size_t most) : most_(most) {}

  // False: there is none for this one now.
  bool take(const Turn& turn);
  void give_back(const Turn& turn);
  // Which of those who wait, in the order in which they came, is next to take() one: what is urgent
  // first, then who has the fewest. None: no one of them may.
  std::optional<size_t> next(const std::vector<Turn>& waiting) const;

 private:
  bool may_have(const Turn& turn) const;
  size_t taken_by(uint32_t who) const;

  const size_t most_;
  size_t taken_ = 0;
  std::unordered_map<uint32_t, size_t> by_;  // how many each has; none: no entry
};

}  // namespace keystile::net
