// The exchange's side: what a Binance spot host answers to the gate's requests, without judging.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace keystile::bench {

// Cuts one whole request off the front of *bytes and appends its answer to *out. False: there is no
// whole one yet.
bool answer_one(std::string_view* bytes, WallTime now, std::string* out);

// The bodies alone, for benchmarks without a socket.
std::string order_answer(std::string_view client_order_id, WallTime now);
std::string body_for(std::string_view target, WallTime now);

}  // namespace keystile::bench
