// Where programs read market data: REST and WebSockets, with a token each. docs/market-data.md has
// the routes. All of it belongs to the executor's thread but what says otherwise.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/time.h"
#include "feed/live.h"
#include "feed/meter.h"
#include "feed/settings.h"
#include "feed/state.h"
#include "metrics/family.h"

namespace keystile::feed {

namespace asio = boost::asio;

class Relay {
 public:
  static constexpr size_t kMostConnections = 4096;  // open at once

  // "net.bind", "net.tls". state, meter and clock must outlive it.
  static Result<std::unique_ptr<Relay>> open(asio::any_io_executor executor,
                                             const RelaySettings& settings, const State& state,
                                             const Meter& meter, const Clock& clock,
                                             OnTrouble on_trouble);
  virtual ~Relay() = default;
  virtual uint16_t port() const = 0;
  virtual void start() = 0;
  // What the state has just taken in.
  virtual void tell(const Market& market, const market::Event& event) = 0;
  // What a connection brought of a market, which is lost; its books are told of by events.
  virtual void tell_loss(const Market& market, Channel channel, market::Break what,
                         int64_t now_ns) = 0;
  // Must have completed before it is destroyed, if it was started.
  virtual asio::awaitable<void> stop() = 0;
  virtual metrics::Families metrics() const = 0;  // any thread
};

}  // namespace keystile::feed
