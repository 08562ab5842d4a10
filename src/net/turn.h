// Turns a loop of I/O.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>

namespace keystile::net {

// As io.run(), but once there is nothing to do, it looks for more for so long before it sleeps.
// Where a processor takes its time to wake up, that is the largest part of a message's way; and
// while messages come more often than that, the thread takes a whole core.
void turn(boost::asio::io_context& io, std::chrono::microseconds awake);

}  // namespace keystile::net
