// Requests to Bybit: requests.cc says what must hold.
#include "exchanges/bybit/bybit.h"
#include "fuzz/check.h"
#include "fuzz/requests.h"

KS_FUZZ_TARGET(input) {
  keystile::fuzz::check_request(keystile::exchanges::bybit::exchange(), input);
}
