// HTTP/1.1 client with a pool of kept-alive TLS connections per host.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/http.h"
#include "base/result.h"
#include "base/time.h"
#include "net/resolver.h"
#include "net/websocket.h"

namespace keystile::net {

namespace asio = boost::asio;

// Says why a host must not be asked at an address that it led to ("127.0.0.1"); empty: it may.
using AddressRule =
    std::function<std::string(const std::string& host, const std::string& address, uint16_t port)>;

// Whose a request is, where not all can have a connection at once.
struct Turn {
  uint32_t who = 0;  // any number that stands for one program
  bool is_urgent = false;
};

struct ClientOptions {
  std::string ca_file;               // trust only this; empty: the system's store
  bool allow_tls12 = false;          // never less
  size_t connections_per_host = 64;  // shared as places.h says
  size_t response_bytes = 16 * 1024 * 1024;
  std::shared_ptr<Resolver> resolver = {};  // null: the system's
  AddressRule address_rule = {};            // null: all may be asked
  Millis connect_time{5000};
  Millis idle_time{30000};  // a pooled connection older than this is not reused
};

class Client {
 public:
  static Result<std::unique_ptr<Client>> make(asio::any_io_executor executor,
                                              ClientOptions options);
  virtual ~Client() = default;

  // Sends request to origin ("https://host[:port]" or "http://host[:port]", the latter only to
  // loopback). Host, Content-Length and Connection are set here. The body and the target go out
  // byte for byte.
  //
  // The response comes decoded (chunks), not decompressed, and without Content-Length and the
  // headers about the connection. Redirects are not followed.
  //
  // Errors: kRefused ("net.origin", "net.request") for what cannot be sent at all; kRetryable
  // ("net.connect", "net.address", "net.tls", "net.certificate", "net.timeout", "net.busy") if no
  // byte of the request had left; else kOutcomeUnknown ("net.lost"). All addresses of a host are
  // tried, each a little after the one before it. A request is sent again on a fresh connection
  // only when a pooled one turned out closed before its first byte was written.
  virtual asio::awaitable<Result<HttpResponse>> send(std::string origin, HttpRequest request,
                                                     Millis timeout, Turn turn) = 0;
  asio::awaitable<Result<HttpResponse>> send(std::string origin, HttpRequest request,
                                             Millis timeout) {
    return send(std::move(origin), std::move(request), timeout, Turn{});
  }

  // A WebSocket on a connection of its own; target: path and query. Errors as of send(), all of
  // them kRetryable, and "net.websocket".
  virtual asio::awaitable<Result<std::shared_ptr<WebSocket>>> open_websocket(std::string origin,
                                                                             std::string target,
                                                                             WebSocketLimits limits,
                                                                             Millis timeout) = 0;
};

}  // namespace keystile::net
