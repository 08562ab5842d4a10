// Randomness is passed in, so that a test can repeat itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace keystile {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(char* out, size_t size) = 0;

  std::string bytes(size_t size);
  // size characters of the alphabet, each equally likely (no modulo bias).
  std::string text(size_t size, std::string_view alphabet);
  // 0 <= result < bound, each equally likely. bound must be above 0.
  uint64_t below(uint64_t bound);
};

// The kernel's, through libsodium.
Random& system_random();

}  // namespace keystile
