#include "quorum/hold.h"

#include <algorithm>

namespace keystile::quorum {
namespace {

constexpr std::string_view kWall = "wall";

}  // namespace

std::optional<Millis> elapsed(const Clocks& from, const Clocks& to) {
  Millis least = to.wall - from.wall;
  bool confirmed = false;
  for (const auto& [exchange, began] : from.exchanges) {
    const auto now = to.exchanges.find(exchange);
    if (now == to.exchanges.end()) continue;
    least = std::min(least, now->second - began);
    confirmed = true;
  }
  return confirmed ? std::optional(least) : std::nullopt;
}

Clocks later(Clocks clocks, Millis by) {
  clocks.wall += by;
  for (auto& [exchange, time] : clocks.exchanges) time += by;
  return clocks;
}

json::Value to_json(const Clocks& clocks) {
  json::Value out = json::object({{std::string(kWall), iso8601(clocks.wall)}});
  for (const auto& [exchange, time] : clocks.exchanges) out.set(exchange, iso8601(time));
  return out;
}

Result<Clocks> read_clocks(const json::Value& json) {
  Clocks clocks;
  bool has_wall = false;
  for (const json::Member& member : json.if_object() ? *json.if_object() : json::Object{}) {
    const auto time = parse_iso8601(member.value.text());
    if (!time) return fail("ledger.entry", "a clock in the ledger is no time", ErrorClass::kFatal);
    const bool is_wall = member.name == kWall;
    has_wall |= is_wall;
    (is_wall ? clocks.wall : clocks.exchanges[member.name]) = *time;
  }
  if (!has_wall) {
    return fail("ledger.entry", "clocks in the ledger lack the machine's own", ErrorClass::kFatal);
  }
  return clocks;
}

}  // namespace keystile::quorum
