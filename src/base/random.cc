#include "base/random.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>

namespace keystile {
namespace {

class SystemRandom final : public Random {
 public:
  SystemRandom() {
    if (sodium_init() < 0) std::abort();
  }
  // libsodium asks the kernel for every few bytes; a request needs some. What is handed out is
  // wiped here.
  void fill(char* out, size_t size) override {
    if (size > kAhead / 8) return randombytes_buf(out, size);
    thread_local Ahead ahead;
    if (ahead.left < size) {
      randombytes_buf(ahead.bytes, kAhead);
      ahead.left = kAhead;
    }
    char* const from = ahead.bytes + kAhead - ahead.left;
    std::memcpy(out, from, size);
    sodium_memzero(from, size);
    ahead.left -= size;
  }

 private:
  static constexpr size_t kAhead = 1024;
  struct Ahead {
    char bytes[kAhead];
    size_t left = 0;
  };
};

}  // namespace

Random& system_random() {
  static SystemRandom random;
  return random;
}

std::string Random::bytes(size_t size) {
  std::string out(size, '\0');
  fill(out.data(), size);
  return out;
}

uint64_t Random::below(uint64_t bound) {
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t value = 0;
  do {
    fill(reinterpret_cast<char*>(&value), sizeof value);
  } while (value >= limit);
  return value % bound;
}

std::string Random::text(size_t size, std::string_view alphabet) {
  std::string out(size, '\0');
  for (char& c : out) c = alphabet[below(alphabet.size())];
  return out;
}

}  // namespace keystile
