#include "net/websocket.h"

#include "net/net_for_test.h"

namespace keystile::net {
namespace {

// Answers each message with itself, and does what some of them ask for.
asio::awaitable<void> echo(HttpRequest request, Peer, std::shared_ptr<WebSocket> socket) {
  for (;;) {
    const auto text = co_await socket->read();
    if (!text) co_return;
    if (*text == "throw") throw std::runtime_error("secret detail");
    if (*text == "bye") {
      co_await socket->close(1001, "going away");
      co_return;
    }
    std::string answer(*text == "where" ? request.target() : std::string(*text));
    const Status written = co_await socket->write(std::move(answer));
    if (!written) co_return;
  }
}

class WebSocketTest : public Net {
 protected:
  Server& serve_echo(bool with_tls, WebSocketLimits limits = {}) {
    Server& server = serve(with_tls);
    loop_.on_thread([&] { server.serve_websockets(echo, limits); });
    return server;
  }
  Result<std::shared_ptr<WebSocket>> open(const std::string& origin, WebSocketLimits limits = {}) {
    return loop_.run(
        trusting_client().open_websocket(origin, "/ws?streams=a", limits, Millis{5000}));
  }
  std::string ask(WebSocket& socket, std::string text) {
    const Status written = loop_.run(socket.write(std::move(text)));
    if (!written) return written.error().code;
    const auto answer = loop_.run(socket.read());
    return answer ? std::string(*answer) : answer.error().message;
  }
  void end(std::shared_ptr<WebSocket> socket) {
    loop_.on_thread([&] { socket.reset(); });
  }
};

TEST_F(WebSocketTest, CarriesMessagesBothWays) {
  for (const bool with_tls : {false, true}) {
    Server& server = serve_echo(with_tls);
    auto socket = open(with_tls ? https(server) : http(server));
    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_EQ(ask(**socket, "where"), "/ws?streams=a");
    for (const size_t size : {0, 1, 125, 126, 65535, 65536, 1000000}) {
      const std::string text(size, 'x');
      EXPECT_EQ(ask(**socket, text), text);
    }
    end(std::move(*socket));
  }
}

TEST_F(WebSocketTest, AHandlerThatThrowsEndsItsConnectionOnly) {
  Server& server = serve_echo(false);
  auto socket = open(http(server));
  ASSERT_TRUE(socket);
  EXPECT_EQ(ask(**socket, "throw").find("secret"), std::string::npos);
  auto other = open(http(server));
  ASSERT_TRUE(other);
  EXPECT_EQ(ask(**other, "still here"), "still here");
  uint64_t refused = 0;
  loop_.on_thread([&] { refused = server.refused().at(500); });
  EXPECT_EQ(refused, 1u);
  end(std::move(*socket));
  end(std::move(*other));
}

// RFC 6455 sections 1.3 and 5.7, byte for byte.
TEST_F(WebSocketTest, SpeaksAsTheStandardShows) {
  tcp::socket socket = dial(serve_echo(false));
  asio::write(socket, asio::buffer(std::string("GET /chat HTTP/1.1\r\nHost: server.example.com\r\n"
                                               "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                               "Sec-WebSocket-Version: 13\r\n\r\n")));
  std::string head;
  asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  EXPECT_NE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), head.npos) << head;
  asio::write(socket, asio::buffer(std::string("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")));
  std::string frame(7, ' ');
  asio::read(socket, asio::buffer(frame));
  EXPECT_EQ(frame, "\x81\x05Hello");
}

TEST_F(WebSocketTest, TellsWhyTheOtherSideHasClosed) {
  auto socket = open(https(serve_echo(true)));
  ASSERT_TRUE(socket);
  EXPECT_NE(ask(**socket, "bye").find("(1001): going away"), std::string::npos);
  EXPECT_EQ(ask(**socket, "more"), "net.websocket");
  end(std::move(*socket));
}

TEST_F(WebSocketTest, ATooLargeMessageEndsIt) {
  WebSocketLimits limits;
  limits.message_bytes = 100;
  auto socket = open(http(serve_echo(false, limits)));
  ASSERT_TRUE(socket);
  EXPECT_EQ(ask(**socket, std::string(100, 'x')).size(), 100u);
  EXPECT_NE(ask(**socket, std::string(101, 'x')).find("(1009)"), std::string::npos);
  end(std::move(*socket));
}

TEST_F(WebSocketTest, APeerThatIsGoneIsNoticed) {
  WebSocketLimits limits;
  limits.idle_time = Millis{200};
  Server& server = serve_echo(false, limits);
  tcp::socket socket = dial(server);
  asio::write(socket,
              asio::buffer(std::string("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                                       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")));
  const std::string all = read_all(socket);
  EXPECT_NE(all.find(std::string("\x89\x00", 2)), all.npos) << "it was pinged first";
}

TEST_F(WebSocketTest, WhereNoneIsServedItIsAPlainRequest) {
  const auto socket = open(http(serve(false)));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, "net.websocket");
}

TEST_F(WebSocketTest, AHandshakeThatIsNoneIsRefused) {
  Server& server = serve_echo(false);
  for (const char* missing : {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                              "Sec-WebSocket-Version: 13\r\n", "Connection: Upgrade\r\n"}) {
    std::string request =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    request.erase(request.find(missing), std::string(missing).size());
    tcp::socket socket = dial(server);
    asio::write(socket, asio::buffer(request));
    std::string head;
    error_code ignored;
    asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n", ignored);
    EXPECT_FALSE(head.starts_with("HTTP/1.1 101")) << missing << head;
  }
}

TEST_F(WebSocketTest, StoppingTheServerEndsThemAtOnce) {
  Server& server = serve_echo(true);
  auto socket = open(https(server));
  ASSERT_TRUE(socket);
  EXPECT_EQ(ask(**socket, "hello"), "hello");
  loop_.run(server.stop(Millis{60000}));
  EXPECT_EQ(server.connections(), 0u);
  EXPECT_EQ(loop_.run((*socket)->read()).error().code, "net.websocket");
  end(std::move(*socket));
}

}  // namespace
}  // namespace keystile::net
