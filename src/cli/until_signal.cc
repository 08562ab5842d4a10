#include "cli/until_signal.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

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

void run_until_signal(asio::io_context* io, std::function<asio::awaitable<void>(int signal)> stop) {
  asio::co_spawn(*io, wait_and_stop(io, std::move(stop)), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io->run();
}

}  // namespace keystile::cli
