// One connection (TCP or Unix socket, plain or TLS), as coroutines with deadlines. Private to net/.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string_view>

#include "base/http.h"
#include "base/time.h"
#include "net/websocket.h"

namespace keystile::net {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Socket = asio::generic::stream_protocol::socket;  // tcp::socket converts to it

enum class IoEnd {
  kOk,
  kEof,      // the peer ended its stream properly (TLS: with close_notify)
  kExpired,  // the deadline passed, or interrupt() was called; the stream can still be written
  kFailed,   // anything else; the stream is of no more use
};
struct Io {
  IoEnd end = IoEnd::kOk;
  size_t bytes = 0;
};

// A WebSocket before its handshake, which is one of these two. "net.websocket" where the other side
// does not want it, or not in the words of RFC 6455 section 4.
class OpeningWebSocket : public WebSocket {
 public:
  virtual asio::awaitable<Status> accept(HttpRequest request, WebSocketLimits limits) = 0;
  virtual asio::awaitable<Status> ask(std::string host, std::string target,
                                      WebSocketLimits limits) = 0;
};

class Stream {
 public:
  static std::unique_ptr<Stream> plain(Socket socket);
  // context must outlive the stream. host: what the peer must prove to be (SNI and certificate);
  // empty on the server's side.
  static std::unique_ptr<Stream> tls(Socket socket, asio::ssl::context& context,
                                     const std::string& host);
  // The same connection, which spoke plainly until now, from now on as TLS's server side. Nothing
  // may be pending on it.
  static std::unique_ptr<Stream> tls_over(std::unique_ptr<Stream> plain,
                                          asio::ssl::context& context);
  virtual ~Stream() = default;

  // Sets the deadline of all operations from now on, until it is set again.
  virtual void limit(Millis from_now) = 0;
  // Lifts the deadline while the stream lies idle; nothing may be awaited of it until limit().
  virtual void unlimit() = 0;
  // Lets the pending operation, and each after it until limit(), end as kExpired.
  virtual void interrupt() = 0;
  virtual void close() = 0;
  // True if the peer has closed, or sent something nobody asked for: not to be used again.
  virtual bool is_stale() = 0;

  virtual asio::awaitable<Io> handshake() = 0;  // TLS, as client or server; else does nothing
  // After a handshake that failed: why the peer's certificate was not believed, in OpenSSL's words;
  // empty: it was not for that.
  virtual std::string_view untrusted() const { return {}; }
  // After the handshake, on the server's side: the name that the client asked for (SNI), in lower
  // case; or empty.
  virtual std::string server_name() const = 0;
  virtual asio::awaitable<Io> read_some(asio::mutable_buffer into) = 0;
  virtual asio::awaitable<Io> write(std::string_view bytes) = 0;  // all of them
  // Writes what can be written without waiting: how many bytes that was. What went wrong, write()
  // finds out with the rest.
  virtual size_t write_now(std::string_view) { return 0; }
  // Gives the connection to a WebSocket, which also owns the stream from then on.
  static std::unique_ptr<OpeningWebSocket> websocket(std::unique_ptr<Stream> stream);
  // Ends our side and drops what the peer still sends, so that it can read our last answer before
  // its own unread bytes make the kernel reset the connection. Under the deadline; then closes.
  virtual asio::awaitable<void> finish() = 0;

 protected:
  virtual std::unique_ptr<OpeningWebSocket> as_websocket(std::unique_ptr<Stream> self) = 0;
};

}  // namespace keystile::net
