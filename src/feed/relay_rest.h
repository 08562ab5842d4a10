// What the relay answers to a GET, from the state of the markets. Sans I/O; docs/market-data.md has
// the routes.
#pragma once

#include <string>
#include <string_view>

#include "base/http.h"
#include "base/time.h"
#include "feed/meter.h"
#include "feed/readers.h"
#include "feed/state.h"

namespace keystile::feed {

// Who asks, and when.
struct Asked {
  const std::string& name;  // of the token
  const Reader& reader;
  size_t requests_per_minute = 0;
  WallTime now;
  MonoTime mono;
};

// The answer to a request whose token was admitted. Paths begin with /v1/market/ or /market/.
HttpResponse answer(const State& state, const Meter& meter, const HttpRequest& request,
                    const Asked& asked);

// {"error":{"code":…,"message":…}} with the status that goes with the code.
HttpResponse refusal(const Error& error);

}  // namespace keystile::feed
