// An HTTP/1.1 server over TLS 1.3 on Boost.Asio coroutines.
//
// Strict at the edge. Refused with 400: a message whose end is told in more than one way or in one
// that we do not know (Content-Length with Transfer-Encoding, repeated or listed Content-Length,
// any encoding but "chunked", chunks with extensions or trailers), a target that is not a path of
// printable ASCII, a Host that is missing, repeated or no host, folded or bare-LF lines, headers
// beyond ASCII. 413, 417, 431 and 408 say what they say in HTTP.
// After any of these the connection is closed.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "base/time.h"
#include "net/identity.h"
#include "net/websocket.h"

namespace keystile::net {

namespace asio = boost::asio;

struct Endpoint {
  std::string host;   // literal address, or "localhost"
  uint16_t port = 0;  // 0: any free one
  // Instead of those: the path of a Unix socket, and who may open it (a file mode).
  std::string path = {};
  unsigned mode = 0600;
};

struct ServerLimits {
  size_t header_bytes = 16 * 1024;
  size_t body_bytes = 512 * 1024;
  // Where as many are open, whoever has most of them makes room for the next one: of that program
  // the connection goes that was never served, else the one that waits longest. What is being
  // handled stays.
  size_t connections = 1024;
  Millis header_time{10000};  // from the first byte of a request to its last header byte
  Millis body_time{10000};
  Millis idle_time{75000};   // keep-alive without a request
  Millis write_time{10000};  // for each 64 KiB of an answer: whoever reads on is waited for
};

struct ServerTls {
  std::string certificate_file;  // PEM chain
  std::string key_file;          // PEM, mode 0600
  // Instead of those: a certificate that may change while the server runs.
  std::shared_ptr<Identity> identity = {};
};

// Makes the server a proxy: each connection begins in plain text with CONNECT, and what follows in
// the tunnel is answered by ourselves, over TLS. Given the host (lower case), says why there is no
// tunnel to it; empty: there is one.
using TunnelRule = std::function<std::string(const std::string& host)>;

// Who asked, and how they came in.
struct Peer {
  std::string address;  // literal, from the socket; empty on a Unix socket
  uint16_t port = 0;
  std::optional<uint32_t> uid = {};  // Unix sockets: of the process that connected
  std::string tunnel = {};           // the host of its CONNECT, lower case
  std::string server_name = {};      // of its TLS handshake (SNI), lower case
};

// A response with this status closes the connection without a byte of answer: how the sandbox
// plays an exchange that goes away.
constexpr int kCloseWithoutAnswer = 0;

using CountsByStatus = std::map<int, uint64_t>;

// Gets the request with its body decoded and without the headers about the connection. It must end
// within a bounded time by itself: stop() waits for it. The peer lives until then. If it throws,
// the client gets a bare 500.
using Handler = std::function<asio::awaitable<HttpResponse>(HttpRequest, const Peer&)>;

// A connection that has become a WebSocket, which ends with the handler, also if it throws. It must
// end when the socket is dropped: stop() does that at once.
using WebSocketHandler =
    std::function<asio::awaitable<void>(HttpRequest, Peer, std::shared_ptr<WebSocket>)>;

class Server {
 public:
  // Binds and listens. "net.bind" says who holds the port where that can be told, and what to do;
  // "net.tls" for certificate and key. Without tls it speaks plain HTTP (the sandbox in tests, a
  // metrics port); the caller decides where that is right. With a tunnel rule there must be tls. A
  // Unix socket that a dead process left is replaced.
  static Result<std::unique_ptr<Server>> listen(asio::any_io_executor executor, Endpoint endpoint,
                                                std::optional<ServerTls> tls, ServerLimits limits,
                                                Handler handler, TunnelRule tunnel = nullptr);
  virtual ~Server() = default;
  // Before a request comes: from now on those that ask to go on as a WebSocket do. Without it they
  // are answered like any other.
  virtual void serve_websockets(WebSocketHandler handler, WebSocketLimits limits) = 0;
  virtual uint16_t port() const = 0;
  virtual size_t connections() const = 0;  // open now
  virtual uint64_t displaced() const = 0;  // closed to make room for others
  // Requests that no handler answered: refused here, also a CONNECT, or thrown at.
  virtual const CountsByStatus& refused() const = 0;
  // Stops accepting and closes idle connections; a request of which a byte was read is still read,
  // handled and answered, with Connection: close. After `grace` the sockets are closed as they
  // stand. Completes when the last connection is gone. A server with connections must be stopped
  // before it is destroyed.
  virtual asio::awaitable<void> stop(Millis grace) = 0;
};

}  // namespace keystile::net
