// A Random that repeats itself: the same seed, the same bytes. For markets and tests, never for
// secrets.
#pragma once

#include "base/random.h"

namespace keystile::sandbox {

// SplitMix64 (Steele, Lea, Flood 2014).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(char* out, size_t size) override;

 private:
  uint64_t next();
  uint64_t state_;
};

}  // namespace keystile::sandbox
