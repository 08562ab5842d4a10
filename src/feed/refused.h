// What an exchange means by a refusal of what a connection asked it for, in its own words
// (refusal_in()); and other things that it says of connections.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "feed/plan.h"

namespace keystile::feed {

// The symbols of this connection that are named there; none where it is about something else.
std::set<std::string, std::less<>> symbols_refused(std::string_view why, const Connection& asked);

// Whether the message says that the exchange will soon end this connection: OKX's notice 64008,
// half a minute before a service is replaced; Binance's serverShutdown, some minutes before. To be
// asked about messages in which no event was found.
bool says_goodbye(std::string_view message);

// What an exchange said, as people may be shown it: one line of printable ASCII, cut where it is
// long.
std::string shown(std::string_view text);

// Bybit refuses all that a request lists for one stream that it does not have: "error:handler not
// found,topic:publicTrade.X". That stream; empty: those that are refused are refused alone.
std::string_view stream_refused(std::string_view why);

// What is left of that request; none: it does not list the stream, or nothing else.
std::optional<std::string> without_stream(std::string_view request, std::string_view stream);

// Deribit answers a request with those of its streams that it takes, and leaves out the others
// without a word.
class Unanswered {
 public:
  // More of them are not waited for: the oldest is forgotten.
  static constexpr size_t kMost = 100;

  // A request that was sent. Its id is greater than those before.
  void add(std::string_view request);
  // What the answer leaves out of what was asked, with spaces between. Empty: nothing, or it is no
  // answer to any of them.
  std::string left_out_in(std::string_view answer);

 private:
  std::map<uint64_t, std::vector<std::string>> streams_;  // by the request's id
};

}  // namespace keystile::feed
