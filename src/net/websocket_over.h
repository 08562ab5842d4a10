// Beast's WebSocket over what a Stream is made of. Private to net/.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <utility>

#include "base/http.h"
#include "net/stream.h"

namespace keystile::net {

// The layer below, which a Stream owns: TLS or a socket.
template <class Layer>
class Borrowed {
 public:
  using executor_type = typename Layer::executor_type;

  Borrowed(Layer& layer, Stream& stream) : layer_(&layer), stream_(&stream) {}
  executor_type get_executor() { return layer_->get_executor(); }
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return layer_->async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return layer_->async_write_some(buffers, std::forward<Token>(token));
  }

  // What Beast asks for when a deadline has passed, and after the last frame: the stream does both.
  friend void beast_close_socket(Borrowed& borrowed) { borrowed.stream_->close(); }
  template <class Handler>
  friend void async_teardown(boost::beast::role_type, Borrowed& borrowed, Handler&& handler) {
    asio::post(borrowed.get_executor(), [handler = std::forward<Handler>(handler)]() mutable {
      handler(boost::system::error_code());
    });
  }

 private:
  Layer* layer_;
  Stream* stream_;
};

template <class Layer>
class WebSocketOver final : public OpeningWebSocket {
 public:
  WebSocketOver(std::unique_ptr<Stream> stream, Layer& layer)
      : stream_(std::move(stream)), beast_(layer, *stream_) {}

  asio::awaitable<Status> accept(HttpRequest request, WebSocketLimits limits) override {
    set_up(limits, boost::beast::role_type::server);
    namespace http = boost::beast::http;
    http::request<http::empty_body> head(http::verb::get, request.target(), 11);
    for (const Header& header : request.headers) head.insert(header.name, header.value);
    // What is about the connection has been read already, and was taken out.
    head.set(http::field::connection, "Upgrade");
    head.set(http::field::upgrade, "websocket");
    const auto [error] = co_await beast_.async_accept(head, kAwait);
    co_return ended(error);
  }
  asio::awaitable<Status> ask(std::string host, std::string target,
                              WebSocketLimits limits) override {
    set_up(limits, boost::beast::role_type::client);
    const auto [error] = co_await beast_.async_handshake(host, target, kAwait);
    co_return ended(error);
  }

  asio::awaitable<Result<std::string_view>> read() override {
    buffer_.consume(buffer_.size());
    const auto [error, bytes] = co_await beast_.async_read(buffer_, kAwait);
    if (error) co_return tl::unexpected<Error>(ended(error).error());
    co_return std::string_view(static_cast<const char*>(buffer_.data().data()), bytes);
  }
  asio::awaitable<Status> write(std::string text) override {
    const auto [error, bytes] = co_await beast_.async_write(asio::buffer(text), kAwait);
    co_return ended(error);
  }
  asio::awaitable<void> close(uint16_t code, std::string why) override {
    const boost::beast::websocket::close_reason reason(
        static_cast<boost::beast::websocket::close_code>(code), why);
    co_await beast_.async_close(reason, kAwait);
    stream_->close();
  }
  void drop() override { stream_->close(); }

 private:
  static constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

  void set_up(WebSocketLimits limits, boost::beast::role_type role) {
    stream_->unlimit();
    auto timeout = boost::beast::websocket::stream_base::timeout::suggested(role);
    timeout.handshake_timeout = limits.handshake_time;
    timeout.idle_timeout = limits.idle_time;
    timeout.keep_alive_pings = true;
    beast_.set_option(timeout);
    beast_.read_message_max(limits.message_bytes);
    beast_.auto_fragment(false);
    beast_.text(true);
  }

  Status ended(const boost::system::error_code& error) const {
    if (!error) return {};
    std::string why = error.message();
    if (error == boost::beast::websocket::error::closed) {
      const auto& reason = beast_.reason();
      why = "the other side closed it (" + std::to_string(reason.code) + ")";
      if (!reason.reason.empty()) why += ": " + std::string(reason.reason.c_str());
    }
    return fail("net.websocket", "the stream has ended: " + why, ErrorClass::kRetryable);
  }

  std::unique_ptr<Stream> stream_;
  boost::beast::websocket::stream<Borrowed<Layer>> beast_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace keystile::net
