// A command that serves until it is told to end.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

namespace keystile::cli {

// Runs what is on `io` until SIGINT or SIGTERM, then `stop` (given the signal), and returns.
void run_until_signal(boost::asio::io_context* io,
                      std::function<boost::asio::awaitable<void>(int signal)> stop);

}  // namespace keystile::cli
