// Requests to Binance: requests.cc says what must hold.
#include "exchanges/binance/binance.h"
#include "fuzz/check.h"
#include "fuzz/requests.h"

KS_FUZZ_TARGET(input) {
  keystile::fuzz::check_request(keystile::exchanges::binance::exchange(), input);
}
