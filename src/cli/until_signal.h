// A command that serves until it is told to end.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

namespace keystile::cli {

// Runs what is on `io` until SIGINT or SIGTERM, then `stop` (given the signal), and returns.
// stay_awake: see net/turn.h.
void run_until_signal(boost::asio::io_context* io,
                      std::function<boost::asio::awaitable<void>(int signal)> stop,
                      std::chrono::microseconds stay_awake = {});

}  // namespace keystile::cli
