// Answers of OKX: answers.cc says what must hold.
#include "exchanges/okx/okx.h"
#include "fuzz/answers.h"
#include "fuzz/check.h"

KS_FUZZ_TARGET(input) { keystile::fuzz::check_answer(keystile::exchanges::okx::exchange(), input); }
