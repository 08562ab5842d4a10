#include "net/connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/connect.h"

namespace keystile::net {
namespace {

// How long a closed connection is drained: after an answer, so that the client can read it; else
// only to say goodbye.
constexpr Millis kAnsweredTime{1000};
constexpr Millis kIdleTime{50};
constexpr int kFirstRefusal = 400;    // status codes from here on
constexpr size_t kPiece = 64 * 1024;  // of an answer: so much at least is read in the time for it

}  // namespace

Connection::Connection(const Service& service, const bool& stopping, CountsByStatus* refused,
                       std::unique_ptr<Stream> stream, Peer peer)
    : service_(service),
      stopping_(stopping),
      refused_(refused),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      who_(who_is(peer_)) {}

asio::awaitable<void> Connection::run() {
  const bool entered = co_await enter();
  if (entered) co_await serve_requests();
  if (!stream_) co_return;  // it became a WebSocket, which has ended
  stream_->limit(has_answered_ ? kAnsweredTime : kIdleTime);
  co_await stream_->finish();
}

void Connection::stop() {
  if (websocket_) websocket_->drop();
  if (is_idle_) stream_->interrupt();
}

void Connection::close() {
  if (websocket_) websocket_->drop();
  if (stream_) stream_->close();
}

void Connection::make_room() {
  makes_room_ = true;
  close();
}

Guest Connection::as_guest() const { return {who_, was_served_, waits_since_}; }

asio::awaitable<bool> Connection::enter() {
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

asio::awaitable<void> Connection::serve_requests() {
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
    waits_since_.reset();
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
    waits_since_ = system_clock().mono();
    was_served_ = was_served_ || response.status < kFirstRefusal;
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

asio::awaitable<void> Connection::serve_websocket(HttpRequest request) {
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

asio::awaitable<bool> Connection::read_request(RequestReader* reader) {
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
    if (makes_room_) co_return false;
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

HttpResponse Connection::refuse(int status, std::string_view text) {
  ++(*refused_)[status];
  return plain_answer(status, text);
}

std::string_view Connection::write_now(std::string_view bytes) {
  has_answered_ = true;
  return bytes.substr(stream_->write_now(bytes));
}

asio::awaitable<bool> Connection::write_rest(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    stream_->limit(service_.limits.write_time);
    const Io written = co_await stream_->write(piece);
    if (written.end != IoEnd::kOk) co_return false;
    bytes.remove_prefix(piece.size());
  }
  co_return true;
}

asio::awaitable<void> Connection::answer_last(HttpResponse response) {
  const std::string bytes = to_bytes(response, false, false);
  const std::string_view rest = write_now(bytes);
  if (!rest.empty()) co_await write_rest(rest);
}

}  // namespace keystile::net
