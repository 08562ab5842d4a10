// One WebSocket of the relay: reads what the program says, writes what waits for it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "feed/readers.h"
#include "feed/relay_meter.h"
#include "feed/stream.h"
#include "net/websocket.h"

namespace keystile::feed {

namespace asio = boost::asio;

// Whose token it came by.
struct Visitor {
  std::string name, hash;
};

class Visit;
using Visits = std::set<Visit*>;

class Visit {
 public:
  // It is one of `visits` as long as it is, however it ends. All must outlive it.
  Visit(asio::any_io_executor executor, Visits& visits, std::shared_ptr<net::WebSocket> socket,
        Visitor visitor, std::unique_ptr<Consumer> consumer, Readers& readers, RelayMeter& meter,
        const Clock& clock);
  ~Visit();
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  // Until either side ends it.
  asio::awaitable<void> run();
  const std::string& token() const { return visitor_.name; }
  // Every second or so: sends away whoever may not read any more or does not keep up.
  void tick();

 private:
  asio::awaitable<void> read();
  asio::awaitable<void> write();
  void take(std::string_view text);
  void charge();
  void send_away(std::string why);

  Visits& visits_;
  std::shared_ptr<net::WebSocket> socket_;
  const Visitor visitor_;
  std::unique_ptr<Consumer> consumer_;
  Readers& readers_;
  RelayMeter& meter_;
  const Clock& clock_;
  asio::steady_timer news_;  // never rings; it is cancelled where there is something to write
  bool ended_ = false;
  std::optional<std::string> goodbye_;  // why it is sent away
  bool was_over_ = false;               // at the last tick it had ended or was to go already
  uint64_t conflated_ = 0;              // as was counted already
};

}  // namespace keystile::feed
