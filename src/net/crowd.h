// Who makes room on a listener that is full, so that a program which opens connections without end
// keeps nobody out. Private to net/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "net/server.h"

namespace keystile::net {

// One connection, as far as this matters.
struct Guest {
  std::string who;
  bool was_served = false;  // a request of it was answered, and not with a refusal
  // Since when it is the program's turn to send or to read; none: a request of it is being handled.
  std::optional<MonoTime> waits_since;
};

// The one whom connections of this peer count for: its user or address; of an IPv6 address the
// network, in which one machine can have as many as it likes (RFC 4291, section 2.5.4).
std::string who_is(const Peer& peer);

// Which one is to be closed: of whoever has the most connections one that was never served, else
// any, and of those the one that waits longest. None: all of them are being handled.
std::optional<size_t> who_makes_room(const std::vector<Guest>& guests);

}  // namespace keystile::net
