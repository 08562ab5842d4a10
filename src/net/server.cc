#include "net/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <set>

#include "net/connection.h"
#include "net/local_path.h"
#include "net/stream.h"
#include "net/task_gate.h"
#include "net/tls_context.h"

namespace keystile::net {
namespace {

using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

constexpr Millis kPause{100};  // after an error such as too many open files

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
  uint64_t displaced() const override { return displaced_; }
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
    at_door_.reset();
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
  }

  // One after the other: who was accepted waits at the door until there is room, and the next ones
  // behind it, with the kernel.
  void accept() {
    listening_->acceptor.async_accept(
        [listening = listening_](const error_code& error, Socket socket) {
          if (listening->owner) listening->owner->accepted(error, std::move(socket));
        });
  }

  void accepted(const error_code& error, Socket socket) {
    if (error) return after_a_pause(&ServerImpl::accept);
    at_door_.emplace(std::move(socket));
    let_in();
  }

  void after_a_pause(void (ServerImpl::*next)()) {
    listening_->pause.expires_after(kPause);
    listening_->pause.async_wait([listening = listening_, next](const error_code& cancelled) {
      if (listening->owner && !cancelled) (listening->owner->*next)();
    });
  }

  void let_in() {
    if (!at_door_ || stopping_) return;
    if (open_ >= service_.limits.connections) return make_room();
    Socket socket = std::move(*at_door_);
    at_door_.reset();
    if (auto peer = peer_of(&socket)) {
      ++open_;
      tasks_.spawn(serve(std::move(socket), std::move(*peer)));
    }
    accept();
  }

  // Its end lets the next one in.
  void make_room() {
    if (is_making_room_) return;
    std::vector<Guest> guests;
    for (const Connection* connection : connections_) guests.push_back(connection->as_guest());
    const auto goes = who_makes_room(guests);
    if (!goes) return after_a_pause(&ServerImpl::let_in);
    is_making_room_ = true;
    ++displaced_;
    (*std::next(connections_.begin(), static_cast<std::ptrdiff_t>(*goes)))->make_room();
  }

  asio::awaitable<void> serve(Socket socket, Peer peer) {
    asio::ssl::context* const tls = service_.entrance.tunnel ? nullptr : service_.entrance.tls();
    auto stream = tls ? Stream::tls(std::move(socket), *tls, "") : Stream::plain(std::move(socket));
    Connection connection(service_, stopping_, &refused_, std::move(stream), std::move(peer));
    connections_.insert(&connection);
    co_await connection.run();
    connections_.erase(&connection);
    --open_;
    is_making_room_ = false;
    if (listening_->owner) let_in();
  }

  Service service_;
  std::shared_ptr<Listening> listening_;
  TaskGate tasks_;
  std::set<Connection*> connections_;
  CountsByStatus refused_;
  uint16_t port_ = 0;
  std::string path_;               // of the Unix socket that is ours to remove
  std::optional<Socket> at_door_;  // accepted, with no room yet
  size_t open_ = 0;                // connections, also those whose coroutine has not begun
  uint64_t displaced_ = 0;
  bool is_making_room_ = false;
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
