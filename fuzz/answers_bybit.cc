// Answers of Bybit: answers.cc says what must hold.
#include "exchanges/bybit/bybit.h"
#include "fuzz/answers.h"
#include "fuzz/check.h"

KS_FUZZ_TARGET(input) {
  keystile::fuzz::check_answer(keystile::exchanges::bybit::exchange(), input);
}
