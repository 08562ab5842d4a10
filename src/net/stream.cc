#include "net/stream.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "base/encoding.h"
#include "net/tls_context.h"
#include "net/websocket_over.h"

namespace keystile::net {
namespace {

using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
// The same for what is awaited at once where it is called: without a coroutine of its own.
constexpr auto kHere = asio::as_tuple(asio::deferred);
constexpr Millis kCancelAgain{20};
constexpr size_t kMostDropped = 1 << 20;

// The socket and the timer that watches it. Shared with the timer's callback, which may still be
// queued when the stream is gone.
//
// A deadline is set several times for each message and hardly ever comes. So setting one is only
// noting it; the timer is left as it stands, and looks at the deadline when it fires. It is set
// anew only where it would fire too late.
struct Wire : std::enable_shared_from_this<Wire> {
  explicit Wire(Socket s) : socket(std::move(s)), timer(socket.get_executor()) {}

  void limit(Millis from_now) {
    expired = false;
    deadline = system_clock().mono() + from_now;
    if (deadline < fires) fire_at(deadline);
  }

  void fire_at(MonoTime time) {
    fires = time;
    timer.expires_at(time);
    timer.async_wait([self = shared_from_this(), time](error_code) {
      if (self->fires == time) self->fired();
    });
  }

  void fired() {
    fires = MonoTime::max();
    if (deadline > system_clock().mono()) {
      if (deadline != MonoTime::max()) fire_at(deadline);
      return;
    }
    expire();
  }

  // A TLS operation is a chain of socket operations and may be between two of them just now, so
  // one cancel() is not enough: it is repeated until limit(), unlimit() or close().
  void expire() {
    expired = true;
    error_code ignored;
    socket.cancel(ignored);
    deadline = system_clock().mono() + kCancelAgain;
    if (deadline < fires) fire_at(deadline);
  }

  void unlimit() { deadline = MonoTime::max(); }

  void close() {
    unlimit();
    fires = MonoTime::max();
    timer.cancel();
    error_code ignored;
    socket.close(ignored);
  }

  Socket socket;
  asio::steady_timer timer;
  MonoTime deadline = MonoTime::max();  // none
  MonoTime fires = MonoTime::max();     // the timer is not set
  bool expired = false;
};

class StreamBase : public Stream {
 public:
  explicit StreamBase(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  ~StreamBase() override {
    if (wire_) wire_->close();
  }
  std::shared_ptr<Wire> give_wire() { return std::move(wire_); }

  void limit(Millis from_now) override { wire_->limit(from_now); }
  void unlimit() override { wire_->unlimit(); }
  void interrupt() override { wire_->expire(); }
  void close() override { wire_->close(); }

  bool is_stale() override {
    char byte = 0;
    const auto got = ::recv(wire_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return !(got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
  }

 protected:
  Io ended(const error_code& error, size_t bytes) const {
    if (!error) return {IoEnd::kOk, bytes};
    if (error == asio::error::eof) return {IoEnd::kEof, bytes};
    if (wire_->expired) return {IoEnd::kExpired, bytes};
    return {IoEnd::kFailed, bytes};
  }

  asio::awaitable<void> drop_the_rest() {
    error_code error;
    wire_->socket.shutdown(Socket::shutdown_send, error);
    std::array<char, 4096> dropped;
    size_t total = 0;
    while (!error && !wire_->expired && total < kMostDropped) {
      size_t got = 0;
      std::tie(error, got) = co_await wire_->socket.async_read_some(asio::buffer(dropped), kAwait);
      total += got;
    }
    wire_->close();
  }

  std::shared_ptr<Wire> wire_;
};

class PlainStream final : public StreamBase {
 public:
  using StreamBase::StreamBase;

  asio::awaitable<Io> handshake() override { co_return Io{}; }
  std::string server_name() const override { return ""; }

  asio::awaitable<Io> read_some(asio::mutable_buffer into) override {
    if (wire_->expired) co_return Io{IoEnd::kExpired, 0};
    auto [error, bytes] = co_await wire_->socket.async_read_some(into, kHere);
    co_return ended(error, bytes);
  }

  asio::awaitable<Io> write(std::string_view text) override {
    if (wire_->expired) co_return Io{IoEnd::kExpired, 0};
    auto [error, bytes] = co_await asio::async_write(wire_->socket, asio::buffer(text), kAwait);
    co_return ended(error, bytes);
  }

  size_t write_now(std::string_view text) override {
    const ssize_t sent = ::send(wire_->socket.native_handle(), text.data(), text.size(),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent > 0 ? static_cast<size_t>(sent) : 0;
  }

  asio::awaitable<void> finish() override { co_await drop_the_rest(); }

 protected:
  std::unique_ptr<OpeningWebSocket> as_websocket(std::unique_ptr<Stream> self) override {
    return std::make_unique<WebSocketOver<Socket>>(std::move(self), wire_->socket);
  }
};

class TlsStream final : public StreamBase {
 public:
  using Tls = asio::ssl::stream<Socket&>;

  TlsStream(std::shared_ptr<Wire> wire, asio::ssl::context& context, const std::string& host)
      : StreamBase(std::move(wire)), tls_(wire_->socket, context) {
    if (host.empty()) {
      side_ = asio::ssl::stream_base::server;
    } else {
      side_ = asio::ssl::stream_base::client;
      named_ = expect_host(tls_.native_handle(), host);
    }
  }

  asio::awaitable<Io> handshake() override {
    if (!named_) co_return Io{IoEnd::kFailed, 0};
    if (wire_->expired) co_return Io{IoEnd::kExpired, 0};
    auto [error] = co_await tls_.async_handshake(side_, kAwait);
    co_return ended(error, 0);
  }

  std::string_view untrusted() const override {
    const long why = SSL_get_verify_result(const_cast<Tls&>(tls_).native_handle());
    return why == X509_V_OK ? "" : X509_verify_cert_error_string(why);
  }

  // What was read from the socket with the last answer lies in OpenSSL, or on its way there.
  bool is_stale() override {
    SSL* const tls = tls_.native_handle();
    return SSL_has_pending(tls) != 0 || BIO_ctrl_pending(SSL_get_rbio(tls)) > 0 ||
           StreamBase::is_stale();
  }

  std::string server_name() const override {
    const char* name =
        SSL_get_servername(const_cast<Tls&>(tls_).native_handle(), TLSEXT_NAMETYPE_host_name);
    return name ? to_lower_ascii(name) : "";
  }

  asio::awaitable<Io> read_some(asio::mutable_buffer into) override {
    if (wire_->expired) co_return Io{IoEnd::kExpired, 0};
    auto [error, bytes] = co_await tls_.async_read_some(into, kAwait);
    co_return ended(error, bytes);
  }

  asio::awaitable<Io> write(std::string_view text) override {
    if (wire_->expired) co_return Io{IoEnd::kExpired, 0};
    auto [error, bytes] = co_await asio::async_write(tls_, asio::buffer(text), kAwait);
    co_return ended(error, bytes);
  }

  asio::awaitable<void> finish() override {
    if (!wire_->expired) {
      // Ends with an error if the peer still talks, or does not say goodbye: no matter.
      co_await tls_.async_shutdown(kAwait);
    }
    co_await drop_the_rest();
  }

 protected:
  std::unique_ptr<OpeningWebSocket> as_websocket(std::unique_ptr<Stream> self) override {
    return std::make_unique<WebSocketOver<Tls>>(std::move(self), tls_);
  }

 private:
  Tls tls_;
  asio::ssl::stream_base::handshake_type side_ = asio::ssl::stream_base::server;
  bool named_ = true;
};

}  // namespace

std::unique_ptr<Stream> Stream::plain(Socket socket) {
  return std::make_unique<PlainStream>(std::make_shared<Wire>(std::move(socket)));
}

std::unique_ptr<Stream> Stream::tls(Socket socket, asio::ssl::context& context,
                                    const std::string& host) {
  return std::make_unique<TlsStream>(std::make_shared<Wire>(std::move(socket)), context, host);
}

std::unique_ptr<OpeningWebSocket> Stream::websocket(std::unique_ptr<Stream> stream) {
  Stream& self = *stream;
  return self.as_websocket(std::move(stream));
}

std::unique_ptr<Stream> Stream::tls_over(std::unique_ptr<Stream> plain,
                                         asio::ssl::context& context) {
  auto& base = static_cast<StreamBase&>(*plain);
  return std::make_unique<TlsStream>(base.give_wire(), context, "");
}

}  // namespace keystile::net
