#include "net/tls.h"

#include <netinet/tcp.h>
#include <sys/stat.h>

#include <boost/asio/ssl.hpp>
#include <cstring>
#include <thread>

#include "net/net_for_test.h"

namespace keystile::net {
namespace {

TEST_F(Net, RoundTripOverTls) {
  Server& server = serve(true);
  HttpRequest request{"POST", "/a/../%2e", "x=1&&", true, {{"X-A", "b"}}, "body\0x"};
  const auto answer = loop_.run(trusting_client().send(https(server), request, Millis{5000}));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "POST /a/../%2e?x=1&&\n" + request.body);
  EXPECT_EQ(*find_header(answer->headers, "X-Peer"), "127.0.0.1");
  EXPECT_EQ(find_header(answer->headers, "Connection"), nullptr);
}

TEST_F(Net, AddressInTheCertificateIsChecked) {
  Server& server = serve(true);
  EXPECT_TRUE(get(trusting_client(), https(server, "127.0.0.1"), "/"));
}

TEST_F(Net, WrongNameIsRefused) {
  const WallTime now = system_clock().wall();
  server_files_ = {dir_ / "other.pem", dir_ / "other.key"};
  ASSERT_TRUE(create_server_certificate(server_files_, ca_, {"example.com", "10.0.0.1"}, now, 1));
  Server& server = serve(true);
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    const auto answer = get(trusting_client(), https(server, host), "/");
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().code, "net.certificate");
    EXPECT_NE(answer.error().message.find("mismatch"), std::string::npos) << answer.error().message;
    EXPECT_EQ(answer.error().kind, ErrorClass::kRetryable);
  }
  EXPECT_EQ(behaviour_.handled, 0);
}

TEST_F(Net, WrongCaIsRefused) {
  Server& server = serve(true);
  const CertificateFiles other{dir_ / "ca2.pem", dir_ / "ca2.key"};
  ASSERT_TRUE(create_ca(other, "test CA", system_clock().wall(), 1));
  ClientOptions options;
  options.ca_file = other.certificate;
  for (Client* from : {&client(options), &client({})}) {
    const auto answer = get(*from, https(server), "/");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "net.certificate");
  }
}

TEST_F(Net, ExpiredCertificateIsRefused) {
  const WallTime past = system_clock().wall() - std::chrono::days(3);
  server_files_ = {dir_ / "old.pem", dir_ / "old.key"};
  ASSERT_TRUE(create_server_certificate(server_files_, ca_, {"localhost"}, past, 1));
  Server& server = serve(true);
  const auto answer = get(trusting_client(), https(server), "/");
  EXPECT_EQ(answer.error().code, "net.certificate");
  EXPECT_NE(answer.error().message.find("expired"), std::string::npos) << answer.error().message;
}

// A raw TLS client of one version; the error of its handshake and first read.
error_code try_tls(tcp::socket socket, int version, const char* alpn) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), version);
  SSL_CTX_set_max_proto_version(context.native_handle(), version);
  asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
  if (alpn) {
    SSL_set_alpn_protos(stream.native_handle(), reinterpret_cast<const unsigned char*>(alpn),
                        static_cast<unsigned>(strlen(alpn)));
  }
  error_code error;
  stream.handshake(asio::ssl::stream_base::client, error);
  return error;
}

TEST_F(Net, ServerSpeaksOnlyTls13AndHttp11) {
  Server& server = serve(true);
  EXPECT_FALSE(try_tls(dial(server), TLS1_3_VERSION, nullptr));
  EXPECT_FALSE(try_tls(dial(server), TLS1_3_VERSION, "\x02h2\x08http/1.1"));
  EXPECT_TRUE(try_tls(dial(server), TLS1_3_VERSION, "\x02h2"));
  EXPECT_TRUE(try_tls(dial(server), TLS1_2_VERSION, nullptr));
}

TEST_F(Net, ClientSpeaksTls12OnlyWhereAllowed) {
  tcp::acceptor acceptor(raw_context_, {asio::ip::address_v4::loopback(), 0});
  const std::string origin =
      "https://localhost:" + std::to_string(acceptor.local_endpoint().port());
  asio::ssl::context context(asio::ssl::context::tls_server);
  SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.use_certificate_chain_file(server_files_.certificate);
  context.use_private_key_file(server_files_.key, asio::ssl::context::pem);
  std::thread old_server([&] {
    for (int i = 0; i < 2; ++i) {
      asio::ssl::stream<tcp::socket> stream(acceptor.accept(), context);
      error_code error;
      stream.handshake(asio::ssl::stream_base::server, error);
      if (error) continue;
      std::string head;
      asio::read_until(stream, asio::dynamic_buffer(head), "\r\n\r\n");
      asio::write(stream, asio::buffer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38));
    }
  });
  ClientOptions options;
  options.ca_file = ca_.certificate;
  const auto refused = get(client(options), origin, "/");
  options.allow_tls12 = true;
  const auto allowed = get(client(options), origin, "/");
  old_server.join();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "net.tls");
  EXPECT_TRUE(allowed);
}

// Answers a request, and together with it one that nobody has sent. In TLS that is a record of its
// own: the first answer is read alone, and the second has left the socket with it.
template <class Stream>
void answer_twice(Stream& stream) {
  using Cork = asio::detail::socket_option::boolean<IPPROTO_TCP, TCP_CORK>;
  std::string head;
  error_code gone;
  asio::read_until(stream, asio::dynamic_buffer(head), "\r\n\r\n", gone);
  if (gone) return;
  const std::string body = head.substr(0, head.find(" HTTP"));
  const std::string rest = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  stream.lowest_layer().set_option(Cork(true));
  asio::write(stream, asio::buffer("HTTP/1.1 200 Asked for\r\n" + rest));
  asio::write(stream, asio::buffer("HTTP/1.1 201 Not asked for\r\n" + rest));
  stream.lowest_layer().set_option(Cork(false));
}

TEST_F(Net, WhatCameBehindAnAnswerIsNotTheNextOne) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_chain_file(server_files_.certificate);
  context.use_private_key_file(server_files_.key, asio::ssl::context::pem);
  for (const bool with_tls : {true, false}) {
    tcp::acceptor acceptor(raw_context_, {asio::ip::address_v4::loopback(), 0});
    const auto port = acceptor.local_endpoint().port();
    std::thread talkative([&] {
      tcp::socket sockets[] = {tcp::socket(raw_context_), tcp::socket(raw_context_)};
      std::vector<std::unique_ptr<asio::ssl::stream<tcp::socket&>>> streams;
      for (tcp::socket& socket : sockets) {
        acceptor.accept(socket);
        if (!with_tls) {
          answer_twice(socket);
          continue;
        }
        streams.push_back(std::make_unique<asio::ssl::stream<tcp::socket&>>(socket, context));
        error_code gone;
        streams.back()->handshake(asio::ssl::stream_base::server, gone);
        if (!gone) answer_twice(*streams.back());
      }
    });
    Client& from = trusting_client();
    const std::string origin =
        (with_tls ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port);
    const auto first = get(from, origin, "/1");
    const auto second = get(from, origin, "/2");
    tcp::socket last(raw_context_);  // ends the thread also where all came on one connection
    last.connect({asio::ip::address_v4::loopback(), port});
    last.close();
    talkative.join();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->body, "GET /1");
    EXPECT_EQ(second->status, 200);
    EXPECT_EQ(second->body, "GET /2");
  }
}

TEST_F(Net, FilesAreCheckedBeforeListening) {
  const auto listen = [this](const CertificateFiles& files) {
    return Server::listen(loop_.context.get_executor(), {"127.0.0.1", 0},
                          ServerTls{files.certificate, files.key}, {}, nullptr);
  };
  EXPECT_EQ(listen({dir_ / "no.pem", dir_ / "no.key"}).error().code, "net.tls");
  EXPECT_EQ(listen({server_files_.certificate, ca_.key}).error().code, "net.tls");
  struct stat key {};
  ASSERT_EQ(::stat(server_files_.key.c_str(), &key), 0);
  EXPECT_EQ(key.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(server_files_.key.c_str(), 0640), 0);
  EXPECT_NE(listen(server_files_).error().message.find("chmod 600"), std::string::npos);
  EXPECT_FALSE(create_ca(ca_, "again", system_clock().wall(), 1)) << "nothing is overwritten";
  ClientOptions options;
  options.ca_file = dir_ / "no.pem";
  EXPECT_EQ(Client::make(loop_.context.get_executor(), options).error().code, "net.tls");
}

TEST_F(Net, BusyPortIsNamed) {
  Server& server = serve(false);
  const auto second =
      Server::listen(loop_.context.get_executor(), {"localhost", server.port()}, {}, {}, nullptr);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "net.bind");
  EXPECT_NE(second.error().message.find(std::to_string(server.port())), std::string::npos);
}

}  // namespace
}  // namespace keystile::net
