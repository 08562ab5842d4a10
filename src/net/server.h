// An HTTP/1.1 server over TLS 1.3 on Boost.Asio coroutines. The only place, with client.h, that
// knows Beast.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "base/time.h"

namespace keystile::net {

namespace asio = boost::asio;

struct Endpoint {
  std::string host;   // literal address, or "localhost"
  uint16_t port = 0;  // 0: any free one
};

struct ServerLimits {
  size_t header_bytes = 16 * 1024;
  size_t body_bytes = 512 * 1024;
  size_t connections = 1024;
  Millis header_time{10000};     // from the first byte of a request to its last header byte
  Millis body_time{10000};
  Millis idle_time{75000};       // keep-alive without a request
  Millis write_time{10000};
};

struct ServerTls {
  std::string certificate_file;  // PEM chain
  std::string key_file;          // PEM, mode 0600
};

// What a handler gets beside the request.
struct Peer {
  std::string address;   // literal, from the socket
  uint16_t port = 0;
};

using Handler = std::function<asio::awaitable<HttpResponse>(HttpRequest, Peer)>;

class Server {
 public:
  // Binds and listens. "net.bind" says who holds the port where that can be told, and what to do;
  // "net.tls" for certificate and key. Without tls it speaks plain HTTP (the sandbox in tests, a
  // metrics port); the caller decides where that is right.
  static Result<std::unique_ptr<Server>> listen(asio::any_io_executor executor, Endpoint endpoint,
                                                std::optional<ServerTls> tls, ServerLimits limits,
                                                Handler handler);
  virtual ~Server() = default;
  virtual uint16_t port() const = 0;
  // Stops accepting, lets requests that were read finish and be answered (up to `grace`), then
  // closes. Completes when the last connection is gone.
  virtual asio::awaitable<void> stop(Millis grace) = 0;
};

}  // namespace keystile::net
