// The path of a Unix socket that is to be listened on.
#pragma once

#include <string>

#include "base/result.h"

namespace keystile::net {

// Makes the path free: removes a socket that a dead process left there. "net.path": it is too long
// for a socket, or something else has that name. "net.taken": a live program listens there.
Status free_local_path(const std::string& path);

}  // namespace keystile::net
