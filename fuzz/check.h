// How a target says that something must hold, whatever the input.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// Ends the program where the condition is false; libFuzzer then keeps the input.
#define KS_HOLDS(condition) \
  ((condition) ? void(0) : ::keystile::fuzz::broken(#condition, __FILE__, __LINE__))

namespace keystile::fuzz {

[[noreturn]] inline void broken(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: this must hold, and does not: %s\n", file, line, condition);
  std::abort();
}

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace keystile::fuzz

// Body of a target: KS_FUZZ_TARGET(input) { … } with std::string_view input.
#define KS_FUZZ_TARGET(input)                                               \
  static void run_one(std::string_view input);                              \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    run_one(::keystile::fuzz::text_of(data, size));                         \
    return 0;                                                               \
  }                                                                         \
  static void run_one(std::string_view input)
