// One connection of a server. Private to net/.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "net/crowd.h"
#include "net/message.h"
#include "net/server.h"
#include "net/stream.h"
#include "net/tls_context.h"

namespace keystile::net {

// What a connection goes through before HTTP begins.
struct Entrance {
  TlsContext files;                    // null: plain, or by identity
  std::shared_ptr<Identity> identity;  // or null
  TunnelRule tunnel;                   // or null

  asio::ssl::context* tls() const { return identity ? &identity->context() : files.get(); }
};

// What a server is told to do with its connections.
struct Service {
  Entrance entrance;
  ServerLimits limits;
  Handler handler;
  WebSocketHandler websockets = nullptr;  // null: there are none
  WebSocketLimits websocket_limits = {};
};

// Reads a request, lets it be handled, answers, and again.
class Connection {
 public:
  // What is given by reference or pointer must outlive it.
  Connection(const Service& service, const bool& stopping, CountsByStatus* refused,
             std::unique_ptr<Stream> stream, Peer peer);

  asio::awaitable<void> run();

  // A connection without a request ends now; another one after its answer.
  void stop();
  void close();
  // Closes it for another one; a request that comes in this moment is not begun.
  void make_room();
  Guest as_guest() const;

 private:
  // False: no request can come.
  asio::awaitable<bool> enter();
  // One after the other, up to the one that is the last.
  asio::awaitable<void> serve_requests();
  asio::awaitable<void> serve_websocket(HttpRequest request);
  // False: there is nothing to answer. Else the reader is kDone or kRefused.
  asio::awaitable<bool> read_request(RequestReader* reader);
  HttpResponse refuse(int status, std::string_view text);
  // What of an answer cannot be written without waiting. Nearly always all of it fits into the
  // socket's buffer: then there is no need to look at the other connections in between.
  std::string_view write_now(std::string_view bytes);
  asio::awaitable<bool> write_rest(std::string_view bytes);
  asio::awaitable<void> answer_last(HttpResponse response);

  const Service& service_;
  const bool& stopping_;
  CountsByStatus* const refused_;
  std::unique_ptr<Stream> stream_;  // null once it is a WebSocket
  WebSocket* websocket_ = nullptr;
  Peer peer_;
  const std::string who_;
  std::array<char, 16 * 1024> buffer_;
  std::string unread_;
  bool is_idle_ = false;
  bool makes_room_ = false;
  bool was_served_ = false;
  std::optional<MonoTime> waits_since_ = system_clock().mono();
  bool has_answered_ = false;  // and not read since
};

}  // namespace keystile::net
