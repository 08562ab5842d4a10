// What feed.toml asks for, running: the connections to the exchanges, the state of the markets, and
// the relay. Everything but what says otherwise belongs to the executor's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/random.h"
#include "base/time.h"
#include "feed/live.h"
#include "feed/settings.h"
#include "feed/state.h"
#include "metrics/family.h"

namespace keystile::feed {

namespace asio = boost::asio;

class Feed {
 public:
  // "net.bind", "net.tls", and what Live::make() says. clock and random must outlive it.
  static Result<std::unique_ptr<Feed>> open(asio::any_io_executor executor,
                                            const Settings& settings, const Clock& clock,
                                            Random& random, OnTrouble on_trouble);
  virtual ~Feed() = default;
  virtual void start() = 0;
  // Must have completed before it is destroyed, if it was started.
  virtual asio::awaitable<void> stop() = 0;

  // Of the relay; 0: there is none.
  virtual uint16_t relay_port() const = 0;

  // Any thread:
  virtual const State& state() const = 0;
  virtual metrics::Families metrics() const = 0;
};

}  // namespace keystile::feed
