// Answers of Binance: answers.cc says what must hold.
#include "exchanges/binance/binance.h"
#include "fuzz/answers.h"
#include "fuzz/check.h"

KS_FUZZ_TARGET(input) {
  keystile::fuzz::check_answer(keystile::exchanges::binance::exchange(), input);
}
