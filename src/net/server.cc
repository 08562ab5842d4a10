#include "net/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <set>

#include "net/connect.h"
#include "net/local_path.h"
#include "net/message.h"
#include "net/stream.h"
#include "net/task_gate.h"
#include "net/tls_context.h"

namespace keystile::net {
namespace {

using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// How long a closed connection is drained: after an answer, so that the client can read it; else
// only to say goodbye.
constexpr Millis kAnsweredTime{1000};
constexpr Millis kIdleTime{50};
constexpr Millis kAcceptPause{100};  // after an error such as too many open files

tcp::endpoint tcp_of(const asio::generic::stream_protocol::endpoint& from) {
  tcp::endpoint address;
  const size_t size = std::min(from.size(), address.capacity());
  std::memcpy(address.data(), from.data(), size);
  address.resize(size);
  return address;
}

// Empty where the peer has gone already.
std::optional<Peer> peer_of(Socket* socket) {
  error_code gone;
  const auto from = socket->remote_endpoint(gone);
  if (gone) return std::nullopt;
  if (from.protocol().family() == AF_UNIX) {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(socket->native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
      return std::nullopt;
    }
    return Peer{"", 0, who.uid};
  }
  const tcp::endpoint address = tcp_of(from);
  socket->set_option(tcp::no_delay(true), gone);
  return Peer{address.address().to_string(), address.port()};
}

class ServerImpl;

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

// One connection: reads a request, lets it be handled, answers, and again.
class Connection {
 public:
  Connection(const Service& service, const bool& stopping, CountsByStatus* refused,
             std::unique_ptr<Stream> stream, Peer peer)
      : service_(service),
        stopping_(stopping),
        refused_(refused),
        stream_(std::move(stream)),
        peer_(std::move(peer)) {}

  asio::awaitable<void> run() {
    const bool entered = co_await enter();
    if (entered) co_await serve_requests();
    if (!stream_) co_return;  // it became a WebSocket, which has ended
    stream_->limit(has_answered_ ? kAnsweredTime : kIdleTime);
    co_await stream_->finish();
  }

  // A connection without a request ends now; another one after its answer.
  void stop() {
    if (websocket_) websocket_->drop();
    if (is_idle_) stream_->interrupt();
  }
  void close() {
    if (websocket_) websocket_->drop();
    if (stream_) stream_->close();
  }

 private:
  // False: no request can come.
  asio::awaitable<bool> enter() {
    stream_->limit(service_.limits.header_time);
    if (service_.entrance.tunnel) {
      ConnectHead asked = co_await grant_tunnel(stream_.get(), &service_.entrance.tunnel,
                                                service_.limits.header_bytes);
      has_answered_ = true;
      if (asked.refusal_status != 0) ++(*refused_)[asked.refusal_status];
      if (asked.host.empty()) co_return false;
      peer_.tunnel = std::move(asked.host);
      stream_ = Stream::tls_over(std::move(stream_), *service_.entrance.tls());
    }
    const Io hello = co_await stream_->handshake();
    if (hello.end != IoEnd::kOk) {
      stream_->close();
      co_return false;
    }
    peer_.server_name = stream_->server_name();
    co_return true;
  }

  // One after the other, up to the one that is the last.
  asio::awaitable<void> serve_requests() {
    for (bool keep_alive = true; keep_alive;) {
      RequestReader reader(service_.limits.header_bytes, service_.limits.body_bytes);
      const bool read = co_await read_request(&reader);
      if (!read) co_return;
      if (reader.state() == ReadState::kRefused) {
        HttpResponse refusal = refuse(reader.refusal_status(), reader.refusal_text());
        co_await answer_last(std::move(refusal));
        co_return;
      }
      stream_->unlimit();  // the handler has its own limits
      HttpRequest request = reader.take();
      if (reader.asks_websocket() && service_.websockets && unread_.empty()) {
        co_await serve_websocket(std::move(request));
        co_return;
      }
      const bool to_head = request.method == "HEAD";
      keep_alive = reader.keep_alive();
      HttpResponse response;
      try {
        response = co_await service_.handler(std::move(request), peer_);
      } catch (const std::exception&) {
        response = refuse(500, "Internal error.");
        keep_alive = false;
      }
      if (response.status == kCloseWithoutAnswer) co_return;
      if (stopping_) keep_alive = false;
      const std::string bytes = to_bytes(response, to_head, keep_alive);
      const std::string_view rest = write_now(bytes);
      if (!rest.empty()) {
        const bool written = co_await write_rest(rest);
        if (!written) co_return;
      }
    }
  }

  asio::awaitable<void> serve_websocket(HttpRequest request) {
    const std::shared_ptr<OpeningWebSocket> socket = Stream::websocket(std::move(stream_));
    websocket_ = socket.get();
    HttpRequest asked = request;
    const Status accepted = co_await socket->accept(std::move(asked), service_.websocket_limits);
    if (accepted && !stopping_) {
      try {
        Peer peer = peer_;
        co_await service_.websockets(std::move(request), std::move(peer), socket);
      } catch (const std::exception&) {
        ++(*refused_)[500];
        socket->drop();
      }
    }
    websocket_ = nullptr;
  }

  // False: there is nothing to answer. Else the reader is kDone or kRefused.
  asio::awaitable<bool> read_request(RequestReader* reader) {
    if (unread_.empty()) {
      has_answered_ = false;
      if (stopping_) co_return false;
      stream_->limit(service_.limits.idle_time);
      is_idle_ = true;
      const Io got = co_await stream_->read_some(asio::buffer(buffer_));
      is_idle_ = false;
      unread_.append(buffer_.data(), got.bytes);
      if (got.end != IoEnd::kOk) co_return false;
    } else {
      // What came together with the last request waits until the other connections had their turn.
      co_await asio::post(asio::use_awaitable);
    }
    bool in_head = false, in_body = false;
    while (true) {
      const ReadState state = reader->feed(&unread_);
      if (state == ReadState::kDone || state == ReadState::kRefused) co_return true;
      if (!in_head) {
        in_head = true;
        stream_->limit(service_.limits.header_time);
      }
      if (state == ReadState::kBody && !in_body) {
        in_body = true;
        stream_->limit(service_.limits.body_time);
        if (reader->expects_continue() && unread_.empty()) {
          const Io asked = co_await stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
          if (asked.end != IoEnd::kOk) co_return false;
        }
      }
      const Io got = co_await stream_->read_some(asio::buffer(buffer_));
      unread_.append(buffer_.data(), got.bytes);
      if (got.end == IoEnd::kExpired) {
        HttpResponse late = refuse(408, "The request did not arrive in time.");
        co_await answer_last(std::move(late));
      }
      if (got.end != IoEnd::kOk) co_return false;
    }
  }

  HttpResponse refuse(int status, std::string_view text) {
    ++(*refused_)[status];
    return plain_answer(status, text);
  }

  // What of an answer cannot be written without waiting. Nearly always all of it fits into the
  // socket's buffer: then there is no need to look at the other connections in between.
  std::string_view write_now(std::string_view bytes) {
    has_answered_ = true;
    return bytes.substr(stream_->write_now(bytes));
  }

  asio::awaitable<bool> write_rest(std::string_view bytes) {
    stream_->limit(service_.limits.write_time);
    const Io written = co_await stream_->write(bytes);
    co_return written.end == IoEnd::kOk;
  }

  asio::awaitable<void> answer_last(HttpResponse response) {
    const std::string bytes = to_bytes(response, false, false);
    const std::string_view rest = write_now(bytes);
    if (!rest.empty()) co_await write_rest(rest);
  }

  const Service& service_;
  const bool& stopping_;
  CountsByStatus* const refused_;
  std::unique_ptr<Stream> stream_;  // null once it is a WebSocket
  WebSocket* websocket_ = nullptr;
  Peer peer_;
  std::array<char, 16 * 1024> buffer_;
  std::string unread_;
  bool is_idle_ = false;
  bool has_answered_ = false;  // and not read since
};

// The acceptor outlives the server while its last callback is queued; `owner` is null then.
struct Listening {
  Listening(const asio::any_io_executor& executor, ServerImpl* server)
      : acceptor(executor), pause(executor), owner(server) {}
  Acceptor acceptor;
  asio::steady_timer pause;
  ServerImpl* owner;
};

class ServerImpl final : public Server {
 public:
  ServerImpl(const asio::any_io_executor& executor, Entrance entrance, ServerLimits limits,
             Handler handler)
      : service_{std::move(entrance), limits, std::move(handler)},
        listening_(std::make_shared<Listening>(executor, this)),
        tasks_(executor) {}

  ~ServerImpl() override { end_listening(); }

  Status open(const Endpoint& endpoint) {
    return endpoint.path.empty() ? open_port(endpoint) : open_path(endpoint);
  }

  void serve_websockets(WebSocketHandler handler, WebSocketLimits limits) override {
    service_.websockets = std::move(handler);
    service_.websocket_limits = limits;
  }
  uint16_t port() const override { return port_; }
  size_t connections() const override { return open_; }
  const CountsByStatus& refused() const override { return refused_; }

  asio::awaitable<void> stop(Millis grace) override {
    stopping_ = true;
    end_listening();
    for (Connection* connection : connections_) connection->stop();
    const bool drained = co_await tasks_.drained(grace);
    if (drained) co_return;
    for (Connection* connection : connections_) connection->close();
    co_await tasks_.drained();
  }

 private:
  Status open_port(const Endpoint& endpoint) {
    const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
    const std::string where = endpoint.host + ":" + std::to_string(endpoint.port);
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) return fail("net.bind", where + " is not an address; write one, or localhost");
    const tcp::endpoint local(address, endpoint.port);
    Acceptor& acceptor = listening_->acceptor;
    acceptor.open(local.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(local, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = tcp_of(acceptor.local_endpoint(error)).port();
    if (error == asio::error::address_in_use) {
      return fail("net.bind", "another program listens on " + where +
                                  " (see: ss -ltnp 'sport = :" + std::to_string(endpoint.port) +
                                  "'); stop it or take another port");
    }
    if (error) return fail("net.bind", "cannot listen on " + where + ": " + error.message());
    accept();
    return {};
  }

  Status open_path(const Endpoint& endpoint) {
    KS_CHECK(free_local_path(endpoint.path));
    Acceptor& acceptor = listening_->acceptor;
    const asio::local::stream_protocol::endpoint local(endpoint.path);
    error_code error;
    acceptor.open(local.protocol(), error);
    if (!error) acceptor.bind(local, error);
    path_ = error ? "" : endpoint.path;
    // Nobody can connect before listen(), so nobody came in under another mode.
    if (!error && ::chmod(path_.c_str(), static_cast<mode_t>(endpoint.mode)) != 0) {
      error = {errno, boost::system::system_category()};
    }
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail("net.bind", "cannot listen on " + endpoint.path + ": " + error.message());
    }
    accept();
    return {};
  }

  void end_listening() {
    listening_->owner = nullptr;
    error_code ignored;
    listening_->acceptor.close(ignored);
    listening_->pause.cancel();
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
  }

  void accept() {
    is_accepting_ = open_ < service_.limits.connections && !stopping_;
    if (!is_accepting_) return;
    listening_->acceptor.async_accept(
        [listening = listening_](const error_code& error, Socket socket) {
          if (listening->owner) listening->owner->accepted(error, std::move(socket));
        });
  }

  void accepted(const error_code& error, Socket socket) {
    if (error) {
      listening_->pause.expires_after(kAcceptPause);
      listening_->pause.async_wait([listening = listening_](const error_code&) {
        if (listening->owner) listening->owner->accept();
      });
      return;
    }
    if (auto peer = peer_of(&socket)) {
      ++open_;
      tasks_.spawn(serve(std::move(socket), std::move(*peer)));
    }
    accept();
  }

  asio::awaitable<void> serve(Socket socket, Peer peer) {
    asio::ssl::context* const tls = service_.entrance.tunnel ? nullptr : service_.entrance.tls();
    auto stream = tls ? Stream::tls(std::move(socket), *tls, "") : Stream::plain(std::move(socket));
    Connection connection(service_, stopping_, &refused_, std::move(stream), std::move(peer));
    connections_.insert(&connection);
    co_await connection.run();
    connections_.erase(&connection);
    --open_;
    if (!is_accepting_ && listening_->owner) accept();
  }

  Service service_;
  std::shared_ptr<Listening> listening_;
  TaskGate tasks_;
  std::set<Connection*> connections_;
  CountsByStatus refused_;
  uint16_t port_ = 0;
  std::string path_;           // of the Unix socket that is ours to remove
  size_t open_ = 0;            // connections, also those whose coroutine has not begun
  bool is_accepting_ = false;  // false also when the limit of connections is reached
  bool stopping_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(asio::any_io_executor executor, Endpoint endpoint,
                                               std::optional<ServerTls> tls, ServerLimits limits,
                                               Handler handler, TunnelRule tunnel) {
  Entrance entrance{nullptr, tls ? tls->identity : nullptr, std::move(tunnel)};
  if (tls && !tls->identity) {
    KS_TRY(entrance.files, server_tls(*tls));
  }
  if (entrance.tunnel && !entrance.tls()) {
    return fail("net.tls", "a proxy answers its tunnels itself and needs TLS for that");
  }
  auto server =
      std::make_unique<ServerImpl>(executor, std::move(entrance), limits, std::move(handler));
  KS_CHECK(server->open(endpoint));
  return server;
}

}  // namespace keystile::net
