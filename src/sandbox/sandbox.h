// The sandbox as a server: one listener per exchange, prices that move by the clock.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "net/server.h"
#include "sandbox/venue.h"

namespace keystile::sandbox {

struct SandboxOptions {
  std::string host = "127.0.0.1";
  uint16_t port_base = 0;  // the first exchange's; the others follow. 0: any free ports
  std::optional<net::ServerTls> tls{};  // none: plain HTTP
  Millis tick_every{1000};              // 0: prices move only by the control route
  uint64_t seed = 1;                    // of the markets
};

class Sandbox {
 public:
  // A seeded venue for each of frontends(). Nothing listens yet: add keys first. The clock must
  // outlive it; everything runs on the executor, which must be one thread's.
  static Result<std::unique_ptr<Sandbox>> make(boost::asio::any_io_executor executor,
                                               SandboxOptions options, const Clock& clock);
  virtual ~Sandbox() = default;

  struct Served {
    std::string exchange;
    Venue* venue = nullptr;
    uint16_t port = 0;  // once listening
  };
  virtual std::vector<Served> exchanges() = 0;
  // "net.bind", "net.tls".
  virtual Status listen() = 0;
  virtual boost::asio::awaitable<void> stop() = 0;
};

}  // namespace keystile::sandbox
