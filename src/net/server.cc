#include "net/server.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "net/message.h"
#include "net/stream.h"
#include "net/task_gate.h"
#include "net/tls_context.h"

namespace keystile::net {
namespace {

using boost::system::error_code;

// How long a closed connection is drained: after an answer, so that the client can read it; else
// only to say goodbye.
constexpr Millis kAnsweredTime{1000};
constexpr Millis kIdleTime{50};
constexpr Millis kAcceptPause{100};  // after an error such as too many open files

HttpResponse plain_answer(int status, std::string_view text) {
  return {status, {{"Content-Type", "text/plain"}}, std::string(text) + "\n"};
}

class ServerImpl;

// One connection: reads a request, lets it be handled, answers, and again.
class Connection {
 public:
  Connection(const ServerLimits& limits, const Handler& handler, const bool& stopping,
             std::unique_ptr<Stream> stream, Peer peer)
      : limits_(limits),
        handler_(handler),
        stopping_(stopping),
        stream_(std::move(stream)),
        peer_(std::move(peer)) {}

  asio::awaitable<void> run() {
    stream_->limit(limits_.header_time);
    const Io hello = co_await stream_->handshake();
    if (hello.end != IoEnd::kOk) co_return;
    bool go_on = true;
    while (go_on) go_on = co_await serve_one();
    stream_->limit(has_answered_ ? kAnsweredTime : kIdleTime);
    co_await stream_->finish();
  }

  // A connection without a request ends now; another one after its answer.
  void stop() {
    if (is_idle_) stream_->interrupt();
  }
  void close() { stream_->close(); }

 private:
  // False: this was the last one.
  asio::awaitable<bool> serve_one() {
    RequestReader reader(limits_.header_bytes, limits_.body_bytes);
    const bool read = co_await read_request(&reader);
    if (!read) co_return false;
    if (reader.state() == ReadState::kRefused) {
      HttpResponse refusal = plain_answer(reader.refusal_status(), reader.refusal_text());
      co_await answer(std::move(refusal), false, false);
      co_return false;
    }
    stream_->unlimit();  // the handler has its own limits
    HttpRequest request = reader.take();
    const bool to_head = request.method == "HEAD";
    bool keep_alive = reader.keep_alive();
    HttpResponse response;
    try {
      Peer peer = peer_;
      response = co_await handler_(std::move(request), std::move(peer));
    } catch (const std::exception&) {
      response = plain_answer(500, "Internal error.");
      keep_alive = false;
    }
    if (response.status == kCloseWithoutAnswer) co_return false;
    if (stopping_) keep_alive = false;
    const bool written = co_await answer(std::move(response), to_head, keep_alive);
    if (!written) co_return false;
    co_return keep_alive;
  }

  // False: there is nothing to answer. Else the reader is kDone or kRefused.
  asio::awaitable<bool> read_request(RequestReader* reader) {
    if (unread_.empty()) {
      has_answered_ = false;
      if (stopping_) co_return false;
      stream_->limit(limits_.idle_time);
      is_idle_ = true;
      const IoEnd got = co_await read_more();
      is_idle_ = false;
      if (got != IoEnd::kOk) co_return false;
    }
    stream_->limit(limits_.header_time);
    bool in_body = false;
    while (true) {
      const ReadState state = reader->feed(&unread_);
      if (state == ReadState::kDone || state == ReadState::kRefused) co_return true;
      if (state == ReadState::kBody && !in_body) {
        in_body = true;
        stream_->limit(limits_.body_time);
        if (reader->expects_continue() && unread_.empty()) {
          const Io asked = co_await stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
          if (asked.end != IoEnd::kOk) co_return false;
        }
      }
      const IoEnd got = co_await read_more();
      if (got == IoEnd::kExpired) {
        HttpResponse late = plain_answer(408, "The request did not arrive in time.");
        co_await answer(std::move(late), false, false);
      }
      if (got != IoEnd::kOk) co_return false;
    }
  }

  asio::awaitable<IoEnd> read_more() {
    const Io got = co_await stream_->read_some(asio::buffer(buffer_));
    unread_.append(buffer_.data(), got.bytes);
    co_return got.end;
  }

  asio::awaitable<bool> answer(HttpResponse response, bool to_head, bool keep_alive) {
    const std::string bytes = to_bytes(response, to_head, keep_alive);
    stream_->limit(limits_.write_time);
    const Io written = co_await stream_->write(bytes);
    has_answered_ = true;
    co_return written.end == IoEnd::kOk;
  }

  const ServerLimits& limits_;
  const Handler& handler_;
  const bool& stopping_;
  std::unique_ptr<Stream> stream_;
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
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  ServerImpl* owner;
};

class ServerImpl final : public Server {
 public:
  ServerImpl(const asio::any_io_executor& executor, TlsContext tls, ServerLimits limits,
             Handler handler)
      : tls_(std::move(tls)),
        limits_(limits),
        handler_(std::move(handler)),
        listening_(std::make_shared<Listening>(executor, this)),
        tasks_(executor) {}

  ~ServerImpl() override { end_listening(); }

  Status open(const Endpoint& endpoint) {
    const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
    const std::string where = endpoint.host + ":" + std::to_string(endpoint.port);
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) return fail("net.bind", where + " is not an address; write one, or localhost");
    const tcp::endpoint local(address, endpoint.port);
    tcp::acceptor& acceptor = listening_->acceptor;
    acceptor.open(local.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(local, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor.local_endpoint(error).port();
    if (error == asio::error::address_in_use) {
      return fail("net.bind", "another program listens on " + where +
                                  " (see: ss -ltnp 'sport = :" + std::to_string(endpoint.port) +
                                  "'); stop it or take another port");
    }
    if (error) return fail("net.bind", "cannot listen on " + where + ": " + error.message());
    accept();
    return {};
  }

  uint16_t port() const override { return port_; }
  size_t connections() const override { return open_; }

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
  void end_listening() {
    listening_->owner = nullptr;
    error_code ignored;
    listening_->acceptor.close(ignored);
    listening_->pause.cancel();
  }

  void accept() {
    is_accepting_ = open_ < limits_.connections && !stopping_;
    if (!is_accepting_) return;
    listening_->acceptor.async_accept(
        [listening = listening_](const error_code& error, tcp::socket socket) {
          if (listening->owner) listening->owner->accepted(error, std::move(socket));
        });
  }

  void accepted(const error_code& error, tcp::socket socket) {
    if (error) {
      listening_->pause.expires_after(kAcceptPause);
      listening_->pause.async_wait([listening = listening_](const error_code&) {
        if (listening->owner) listening->owner->accept();
      });
      return;
    }
    error_code gone;
    const tcp::endpoint from = socket.remote_endpoint(gone);
    if (!gone) {
      socket.set_option(tcp::no_delay(true), gone);
      Peer peer{from.address().to_string(), from.port()};
      ++open_;
      tasks_.spawn(serve(std::move(socket), std::move(peer)));
    }
    accept();
  }

  asio::awaitable<void> serve(tcp::socket socket, Peer peer) {
    auto stream =
        tls_ ? Stream::tls(std::move(socket), *tls_, "") : Stream::plain(std::move(socket));
    Connection connection(limits_, handler_, stopping_, std::move(stream), std::move(peer));
    connections_.insert(&connection);
    co_await connection.run();
    connections_.erase(&connection);
    --open_;
    if (!is_accepting_ && listening_->owner) accept();
  }

  TlsContext tls_;
  ServerLimits limits_;
  Handler handler_;
  std::shared_ptr<Listening> listening_;
  TaskGate tasks_;
  std::set<Connection*> connections_;
  uint16_t port_ = 0;
  size_t open_ = 0;            // connections, also those whose coroutine has not begun
  bool is_accepting_ = false;  // false also when the limit of connections is reached
  bool stopping_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(asio::any_io_executor executor, Endpoint endpoint,
                                               std::optional<ServerTls> tls, ServerLimits limits,
                                               Handler handler) {
  TlsContext context;
  if (tls) {
    KS_TRY(context, server_tls(*tls));
  }
  auto server =
      std::make_unique<ServerImpl>(executor, std::move(context), limits, std::move(handler));
  KS_CHECK(server->open(endpoint));
  return server;
}

}  // namespace keystile::net
