// What can be asked for, over HTTP and WebSocket alike: docs.deribit.com, public methods, read
// 2026-07.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "sandbox/venue.h"

namespace keystile::sandbox::deribit {

// A result, or a JSON-RPC error.
struct Answer {
  json::Value result{};
  json::Value error{};  // null: none
};
Answer failure(int code, std::string_view message);

struct Call {
  Venue& venue;
  const json::Value& params;  // an object
  WallTime now;
};
// method: "public/ticker".
Answer call_method(std::string_view method, const Call& call);

// The answer to a request of that id (null: it had none).
std::string envelope(const json::Value* id, Answer answer, WallTime now);

// As answers and streams show them. Numbers are JSON numbers.
json::Value number(const Decimal& value);
json::Value ticker(Venue& venue, const Instrument& instrument, WallTime now);
json::Value trade(Venue& venue, const Instrument& instrument, const PublicTrade& trade);
// Null: there is none of that name.
const Instrument* find_instrument(Venue& venue, std::string_view name);

}  // namespace keystile::sandbox::deribit
