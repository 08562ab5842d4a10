// A bug that is there on purpose: a length that is believed. If `./run fuzz canary 30` does not
// find it, the fuzzing itself is broken; `./run check canary` looks. The seeds do not run into it.
#include <vector>

#include "fuzz/check.h"

// The tag "KST", a length, and that many bytes.
KS_FUZZ_TARGET(input) {
  if (input.size() < 4 || input[0] != 'K' || input[1] != 'S' || input[2] != 'T') return;
  const std::vector<unsigned char> record(input.begin() + 3, input.end());
  unsigned sum = 0;
  for (size_t i = 0; i < record[0]; ++i) sum += record.data()[1 + i];
  KS_HOLDS(sum <= 255u * 255u);
}
