// Reaching a host at one of its addresses. They are tried in their order, each a little after the
// one before it, so that a dead one costs a quarter of a second and not the time to connect (RFC
// 8305 section 5). Private to net/.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"

namespace keystile::net {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

class Dialer {
 public:
  Dialer(const asio::any_io_executor& executor, const std::vector<tcp::endpoint>& endpoints);
  ~Dialer();  // gives up what is under way
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  // The first connection that stands; asked again, the next, for where the first proved to be of no
  // use. Nothing where no address is left, or none answered in time.
  asio::awaitable<std::optional<tcp::socket>> next(MonoTime until);
  // Addresses that may still give a connection.
  size_t left() const;

 private:
  struct Race;
  const std::shared_ptr<Race> race_;
};

}  // namespace keystile::net
