#include "sandbox/seeded_random.h"

#include <algorithm>
#include <cstring>

namespace keystile::sandbox {

uint64_t SeededRandom::next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

void SeededRandom::fill(char* out, size_t size) {
  while (size > 0) {
    const uint64_t word = next();
    const size_t part = std::min(size, sizeof word);
    std::memcpy(out, &word, part);
    out += part;
    size -= part;
  }
}

}  // namespace keystile::sandbox
