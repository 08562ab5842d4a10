// What an exchange means by a refusal of what a connection asked it for, in its own words
// (refusal_in()).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "feed/plan.h"

namespace keystile::feed {

// The symbols of this connection that are named there; none where it is about something else.
std::set<std::string, std::less<>> symbols_refused(std::string_view why, const Connection& asked);

// Bybit refuses all that a request lists for one stream that it does not have: "error:handler not
// found,topic:publicTrade.X". That stream; empty: those that are refused are refused alone.
std::string_view stream_refused(std::string_view why);

// What is left of that request; none: it does not list the stream, or nothing else.
std::optional<std::string> without_stream(std::string_view request, std::string_view stream);

}  // namespace keystile::feed
