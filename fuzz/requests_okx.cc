// Requests to OKX: requests.cc says what must hold.
#include "exchanges/okx/okx.h"
#include "fuzz/check.h"
#include "fuzz/requests.h"

KS_FUZZ_TARGET(input) {
  keystile::fuzz::check_request(keystile::exchanges::okx::exchange(), input);
}
