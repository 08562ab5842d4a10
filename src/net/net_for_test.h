// Server and client over real sockets on loopback, on one loop; the test's own thread plays the raw
// peers with blocking sockets.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/temp_folder_for_test.h"
#include "net/client.h"
#include "net/loop_for_test.h"
#include "net/server.h"
#include "net/tls.h"

namespace keystile::net {

using tcp = asio::ip::tcp;
using boost::system::error_code;

// Echoes, and does what the path asks for.
struct Behaviour {
  std::atomic<int> handled{0};
  std::atomic<int> waiting{0};
  std::vector<std::unique_ptr<asio::steady_timer>> held;  // requests to /wait
};

inline asio::awaitable<HttpResponse> behave(Behaviour* behaviour, HttpRequest request, Peer peer) {
  ++behaviour->handled;
  if (request.path == "/throw") throw std::runtime_error("secret detail");
  if (request.path == "/long") co_return HttpResponse{200, {}, std::string(16 << 20, 'x')};
  if (request.path == "/wait") {
    auto executor = co_await asio::this_coro::executor;
    behaviour->held.push_back(std::make_unique<asio::steady_timer>(executor));
    asio::steady_timer* const timer = behaviour->held.back().get();
    timer->expires_after(std::chrono::seconds(60));
    ++behaviour->waiting;
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  HttpResponse response;
  response.headers.push_back({"X-Peer", peer.address});
  response.headers.push_back({"X-Port", std::to_string(peer.port)});
  response.headers.push_back({"X-Handled", std::to_string(behaviour->handled)});
  response.headers.push_back({"Connection", "X-Hop"});
  response.body = request.method + " " + request.target() + "\n" + request.body;
  co_return response;
}

class Net : public testing::Test {
 protected:
  Net() {
    const WallTime now = system_clock().wall();
    EXPECT_TRUE(create_ca(ca_, "test CA", now, 1));
    EXPECT_TRUE(create_server_certificate(server_files_, ca_, {"localhost", "127.0.0.1"}, now, 1));
  }

  ~Net() override {
    for (auto& server : servers_) loop_.run(server->stop(Millis{0}));
    loop_.on_thread([this] {
      clients_.clear();
      servers_.clear();
    });
  }

  Server& serve(bool with_tls, ServerLimits limits = {}, uint16_t port = 0,
                const std::string& address = "127.0.0.1") {
    std::optional<ServerTls> tls;
    if (with_tls) tls = ServerTls{server_files_.certificate, server_files_.key};
    loop_.on_thread([&] {
      auto server =
          Server::listen(loop_.context.get_executor(), {address, port}, tls, limits,
                         [this](HttpRequest request, Peer peer) {
                           return behave(&behaviour_, std::move(request), std::move(peer));
                         });
      ASSERT_TRUE(server) << server.error().message;
      servers_.push_back(std::move(*server));
    });
    return *servers_.back();
  }

  Client& client(ClientOptions options) {
    auto made = Client::make(loop_.context.get_executor(), std::move(options));
    EXPECT_TRUE(made);
    clients_.push_back(std::move(*made));
    return *clients_.back();
  }

  Client& trusting_client() {
    ClientOptions options;
    options.ca_file = ca_.certificate;
    return client(options);
  }

  Result<HttpResponse> get(Client& from, const std::string& origin, const std::string& path,
                           Millis timeout = Millis{5000}) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    return loop_.run(from.send(origin, std::move(request), timeout));
  }

  static std::string https(const Server& server, const std::string& host = "localhost") {
    return "https://" + host + ":" + std::to_string(server.port());
  }
  static std::string http(const Server& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
  }

  tcp::socket dial(const Server& server, const std::string& from = "127.0.0.1") {
    tcp::socket socket(raw_context_, tcp::endpoint(asio::ip::make_address(from), 0));
    socket.connect({asio::ip::address_v4::loopback(), server.port()});
    return socket;
  }

  // All that the server says until it closes.
  static std::string read_all(tcp::socket& socket) {
    std::string out;
    error_code end;
    asio::read(socket, asio::dynamic_buffer(out), end);
    EXPECT_EQ(end, asio::error::eof);
    return out;
  }

  static std::string ask(tcp::socket socket, const std::string& bytes) {
    asio::write(socket, asio::buffer(bytes));
    return read_all(socket);
  }

  void release_waiting() {
    loop_.on_thread([this] {
      for (auto& timer : behaviour_.held) timer->cancel();
      behaviour_.held.clear();
    });
  }

  void await_waiting(int count) {
    while (behaviour_.waiting < count) std::this_thread::yield();
  }

  TempFolder dir_;
  CertificateFiles ca_{dir_ / "ca.pem", dir_ / "ca.key"};
  CertificateFiles server_files_{dir_ / "server.pem", dir_ / "server.key"};
  Behaviour behaviour_;
  Loop loop_;
  asio::io_context raw_context_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace keystile::net
