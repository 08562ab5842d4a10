// The gate over plain HTTP on loopback, with all that `keystile serve` puts behind it.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

#include "bench/commands.h"
#include "gate/gate.h"
#include "signer/realm.h"

namespace keystile::bench {
namespace {

namespace asio = boost::asio;

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

// Says where to send orders as soon as they can be judged: before the first prices none can.
asio::awaitable<void> announce(asio::io_context& io, const gate::Gate& gate,
                               signer::Signer& signer) {
  asio::steady_timer pause(io);
  for (bool priced = false; !priced;) {
    pause.expires_after(Millis{10});
    co_await pause.async_wait(asio::use_awaitable);
    const auto status = signer.control(json::object({{"do", "status"}}));
    priced = status && json::dump(*status).find(R"("priced":["spot")") != std::string::npos;
  }
  std::puts(fmt::format(R"({{"port":{}}})", gate.ports()[0]).c_str());
  std::fflush(stdout);
}

asio::awaitable<void> stop_on_signal(asio::io_context& io, gate::Gate& gate) {
  asio::signal_set signals(io, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  const Millis grace{1000};
  co_await gate.stop(grace);
  io.stop();
}

}  // namespace

Status serve_gate(const Arguments& arguments) {
  KS_TRY(const auto realm, signer::Realm::open(arguments[0], nullptr, system_clock()));
  const auto signer = signer::make_signer(*realm, system_clock(), system_random());
  gate::GateConfig config;
  gate::Listener listener;
  listener.endpoint = {"127.0.0.1", 0};
  listener.environment = "test";
  listener.exchange = exchanges::find_exchange("binance");
  config.listeners.push_back(std::move(listener));
  asio::io_context io{1};
  KS_TRY(const auto gate, gate::Gate::open(io.get_executor(), std::move(config), *signer));
  asio::co_spawn(io, announce(io, *gate, *signer), rethrow);
  asio::co_spawn(io, stop_on_signal(io, *gate), rethrow);
  io.run();
  return realm->ledger().sync();
}

}  // namespace keystile::bench
