// How many reads each client sent within the last second. Not in the ledger: a restart that forgets
// a second gives nothing away.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace keystile::signer {

class ReadRate {
 public:
  // client: its place in the policy.
  uint32_t last_second(size_t client, MonoTime now) const {
    if (client >= clients_.size()) return 0;
    uint32_t sum = 0;
    for (const Slot& slot : clients_[client]) {
      if (slot.tick > tick(now) - kSlots) sum += slot.count;
    }
    return sum;
  }

  void count(size_t client, MonoTime now) {
    if (client >= clients_.size()) clients_.resize(client + 1);
    Slot& slot = clients_[client][static_cast<size_t>(tick(now) % kSlots)];
    if (slot.tick != tick(now)) slot = {tick(now), 0};
    ++slot.count;
  }

  // After a change of policy the places mean other clients.
  void clear() { clients_.clear(); }

 private:
  static constexpr int64_t kSlots = 8;  // of an eighth of a second each
  struct Slot {
    int64_t tick = -kSlots;
    uint32_t count = 0;
  };
  static int64_t tick(MonoTime time) {
    using Ticks = std::chrono::duration<int64_t, std::ratio<1, kSlots>>;
    return std::chrono::floor<Ticks>(time.time_since_epoch()).count();
  }
  std::vector<std::array<Slot, kSlots>> clients_;
};

}  // namespace keystile::signer
