#include "cli/until_signal.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include "net/turn.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> wait_and_stop(asio::io_context* io,
                                    std::function<asio::awaitable<void>(int signal)> stop) {
  asio::signal_set signals(*io, SIGINT, SIGTERM);
  const int signal = co_await signals.async_wait(asio::use_awaitable);
  co_await stop(signal);
  io->stop();
}

}  // namespace

void run_until_signal(asio::io_context* io, std::function<asio::awaitable<void>(int signal)> stop,
                      std::chrono::microseconds stay_awake) {
  asio::co_spawn(*io, wait_and_stop(io, std::move(stop)), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  net::turn(*io, stay_awake);
}

}  // namespace keystile::cli
