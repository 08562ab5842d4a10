// One order with all that belongs to it, made ahead so that making it is not measured; and the
// clockwork of a measurement.
#pragma once

#include <string>
#include <vector>

#include "bench/orders.h"
#include "signer/signer.h"

namespace keystile::bench {

struct Sample {
  signer::Inbound inbound;
  HttpResponse answer;  // the exchange's
  std::string payload;  // what the signature covers
  std::string secret;   // the client's
};
Result<Sample> make_sample(size_t client, uint64_t number);
const exchanges::Exchange& binance();

int64_t now_ns();
double median(std::vector<double> values);
uint64_t resident_mib();

}  // namespace keystile::bench
