// keystile_sim [--seeds N] [--seed S]: random runs (program.h), N of them from the first seed on,
// or the one of that seed, told step by step.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/encoding.h"
#include "sim/program.h"

int main(int count, char** arguments) {
  uint64_t seeds = 1000, first = 1;
  bool tells = false;
  size_t left = 0, moved = 0;
  for (int i = 1; i + 1 < count; i += 2) {
    const auto number = keystile::parse_uint64(arguments[i + 1]);
    const std::string_view name = arguments[i];
    if (!number || (name != "--seeds" && name != "--seed")) {
      std::fputs("keystile_sim [--seeds N] [--seed S]\n", stderr);
      return 2;
    }
    if (name == "--seeds") seeds = *number;
    if (name == "--seed") {
      first = *number;
      seeds = 1;
      tells = true;
    }
  }
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    keystile::sim::Program program(seed, tells);
    const auto wrong = program.run();
    left += program.withdrawals();
    moved += program.transfers();
    for (const std::string& what : wrong) fmt::print("seed {}: {}\n", seed, what);
    if (wrong.empty()) continue;
    fmt::print("See it with ./run sim --seed {}\n", seed);
    return 1;
  }
  fmt::print(
      "{} runs, in which {} withdrawals left and {} transfers; nothing that must not happen\n",
      seeds, left, moved);
  return tells || (left > 0 && moved > 0) ? 0 : 1;
}
