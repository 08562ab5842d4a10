// Where host names lead.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace keystile::net {

namespace asio = boost::asio;

class Resolver {
 public:
  // As the operating system says: hosts file, name service, search domains.
  static std::shared_ptr<Resolver> system(asio::any_io_executor executor);
  // As these name servers say ("9.9.9.9", "127.0.0.1:5353", "[2620:fe::fe]:53"), asked directly: no
  // hosts file and no search domains, so that a name which leads to us on this machine still leads
  // to its owner from here. "net.resolver" if one of them is not an address.
  static Result<std::shared_ptr<Resolver>> direct(asio::any_io_executor executor,
                                                  const std::vector<std::string>& servers);
  virtual ~Resolver() = default;

  // The addresses of a host (also where it is one itself), in the order to try them; empty where
  // there is none, or none is known in time.
  virtual asio::awaitable<std::vector<asio::ip::tcp::endpoint>> resolve(std::string host,
                                                                        std::string port,
                                                                        MonoTime until) = 0;
};

}  // namespace keystile::net
