#include "net/connect.h"

#include <sys/stat.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <fstream>

#include "crypto/certificate.h"
#include "net/connect_head.h"
#include "net/net_for_test.h"

namespace keystile::net {
namespace {

// --- the head ------------------------------------------------------------------------------------

struct HeadCase {
  const char* name;
  std::string head;
  int status;  // 0: granted to api.example.org
};

class Head : public testing::TestWithParam<HeadCase> {};

TEST_P(Head, IsGrantedOrRefused) {
  const ConnectHead head = read_connect(GetParam().head);
  EXPECT_EQ(head.refusal_status, GetParam().status) << head.refusal_text;
  EXPECT_EQ(head.host, GetParam().status == 0 ? "api.example.org" : "");
}

const std::string kTarget = "CONNECT api.example.org:443 HTTP/1.1\r\n";
const std::string kHost = "Host: api.example.org:443\r\n";

INSTANTIATE_TEST_SUITE_P(
    Table, Head,
    testing::ValuesIn(std::vector<HeadCase>{
        {"Plain", kTarget + kHost + "\r\n", 0},
        {"UpperCase", "CONNECT API.Example.ORG:443 HTTP/1.1\r\nHost: api.example.org:443\r\n\r\n",
         0},
        {"HostWithoutPort", kTarget + "Host: api.example.org\r\n\r\n", 0},
        {"MoreHeaders", kTarget + kHost + "User-Agent: x\r\nProxy-Connection: keep-alive\r\n\r\n",
         0},
        {"OldVersionWithoutHost", "CONNECT api.example.org:443 HTTP/1.0\r\n\r\n", 0},
        {"NoHost", kTarget + "\r\n", 400},
        {"TwoHosts", kTarget + kHost + kHost + "\r\n", 400},
        {"OtherHost", kTarget + "Host: example.com:443\r\n\r\n", 400},
        {"OtherPortInHost", kTarget + "Host: api.example.org:80\r\n\r\n", 400},
        {"Length", kTarget + kHost + "Content-Length: 0\r\n\r\n", 400},
        {"Chunked", kTarget + kHost + "Transfer-Encoding: chunked\r\n\r\n", 400},
        {"SpaceBeforeColon", kTarget + "Host : api.example.org:443\r\n\r\n", 400},
        {"NoColon", kTarget + kHost + "Nonsense\r\n\r\n", 400},
        {"ControlInHeader", kTarget + kHost + std::string("X: a\0b\r\n\r\n", 10), 400},
        {"OtherPort", "CONNECT api.example.org:8443 HTTP/1.1\r\nHost: api.example.org:8443\r\n\r\n",
         403},
        {"PlainHttpPort", "CONNECT api.example.org:80 HTTP/1.1\r\nHost: api.example.org:80\r\n\r\n",
         403},
        {"LeadingZeroPort",
         "CONNECT api.example.org:0443 HTTP/1.1\r\nHost: api.example.org:0443\r\n\r\n", 403},
        {"NoPort", "CONNECT api.example.org HTTP/1.1\r\nHost: api.example.org\r\n\r\n", 400},
        {"EmptyHost", "CONNECT :443 HTTP/1.1\r\nHost: :443\r\n\r\n", 400},
        {"UserInfo",
         "CONNECT a@api.example.org:443 HTTP/1.1\r\nHost: a@api.example.org:443\r\n\r\n", 400},
        {"Percent", "CONNECT api%2eexample.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"Url", "CONNECT https://api.example.org:443 HTTP/1.1\r\nHost: api.example.org\r\n\r\n",
         400},
        {"Path", "CONNECT api.example.org:443/ HTTP/1.1\r\nHost: api.example.org\r\n\r\n", 403},
        {"TwoSpaces", "CONNECT  api.example.org:443 HTTP/1.1\r\n" + kHost + "\r\n", 400},
        {"Tab", "CONNECT\tapi.example.org:443 HTTP/1.1\r\n" + kHost + "\r\n", 400},
        {"Http2", "CONNECT api.example.org:443 HTTP/2.0\r\n" + kHost + "\r\n", 400},
        {"NoVersion", "CONNECT api.example.org:443\r\n" + kHost + "\r\n", 400},
        {"LowerMethod", "connect api.example.org:443 HTTP/1.1\r\n" + kHost + "\r\n", 400},
        {"AbsoluteForm", "GET http://api.example.org/ HTTP/1.1\r\nHost: api.example.org\r\n\r\n",
         405},
        {"OriginForm", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 405},
        {"Preface", "PRI * HTTP/2.0\r\n\r\n", 400},
        {"Empty", "\r\n", 400},
    }),
    [](const auto& one) { return one.param.name; });

// --- the tunnel ----------------------------------------------------------------------------------

class Tunnel : public Net {
 protected:
  Tunnel() {
    const WallTime now = system_clock().wall();
    const auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kEcdsaP256).value();
    const auto key =
        crypto::SigningKey::open(crypto::KeyAlgorithm::kEcdsaP256, pair.private_pem).value();
    const auto ca = crypto::make_ca_certificate(key, {"CA", {"api.example.org"}}, now, 1).value();
    identity_ = Identity::make().value();
    EXPECT_TRUE(identity_->show(crypto::make_server_certificate(key, ca, identity_->public_pem(),
                                                                {"api.example.org"}, now, 1)
                                    .value()));
    client_tls_.add_certificate_authority(asio::buffer(ca));
    client_tls_.set_verify_mode(asio::ssl::verify_peer);
  }

  Server& serve_proxy(ServerLimits limits = {}, Endpoint endpoint = {"127.0.0.1", 0}) {
    loop_.on_thread([&] {
      auto server = Server::listen(
          loop_.context.get_executor(), endpoint, ServerTls{"", "", identity_}, limits,
          [this](HttpRequest request, Peer peer) {
            seen_ = peer;
            return behave(&behaviour_, std::move(request), std::move(peer));
          },
          [](const std::string& host) {
            return host == "api.example.org" ? "" : "There is no way to " + host + ".";
          });
      ASSERT_TRUE(server) << server.error().message;
      servers_.push_back(std::move(*server));
    });
    return *servers_.back();
  }

  // Speaks TLS as `name` over a granted tunnel, asks once, and gives what came.
  template <class Socket>
  std::string ask_inside(Socket socket, const std::string& name) {
    asio::ssl::stream<Socket> tls(std::move(socket), client_tls_);
    SSL_set_tlsext_host_name(tls.native_handle(), name.c_str());
    tls.set_verify_callback(asio::ssl::host_name_verification("api.example.org"));
    error_code error;
    tls.handshake(asio::ssl::stream_base::client, error);
    if (error) return error.message();
    asio::write(tls, asio::buffer(std::string("GET /a HTTP/1.1\r\nHost: api.example.org\r\n"
                                              "Connection: close\r\n\r\n")));
    std::string out;
    asio::read(tls, asio::dynamic_buffer(out), error);
    return out;
  }

  template <class Socket>
  static std::string open_tunnel(Socket* socket) {
    asio::write(*socket, asio::buffer(kTarget + kHost + "\r\n"));
    std::string out;
    asio::read_until(*socket, asio::dynamic_buffer(out), "\r\n\r\n");
    return out;
  }

  std::shared_ptr<Identity> identity_;
  asio::ssl::context client_tls_{asio::ssl::context::tls_client};
  Peer seen_;
};

TEST_F(Tunnel, IsAnsweredByOurselves) {
  Server& server = serve_proxy();
  tcp::socket socket = dial(server);
  EXPECT_EQ(open_tunnel(&socket), "HTTP/1.1 200 Connection established\r\n\r\n");
  const std::string answer = ask_inside(std::move(socket), "API.example.org");
  EXPECT_NE(answer.find("\r\n\r\nGET /a\n"), std::string::npos) << answer;
  EXPECT_EQ(seen_.tunnel, "api.example.org");
  EXPECT_EQ(seen_.server_name, "api.example.org");
}

TEST_F(Tunnel, NewCertificateIsShownToNewConnections) {
  Server& server = serve_proxy();
  const WallTime now = system_clock().wall();
  const auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kEcdsaP256).value();
  const auto key =
      crypto::SigningKey::open(crypto::KeyAlgorithm::kEcdsaP256, pair.private_pem).value();
  const auto ca = crypto::make_ca_certificate(key, {"Other", {}}, now, 1).value();
  const auto shown = crypto::make_server_certificate(key, ca, identity_->public_pem(),
                                                     {"api.example.org"}, now, 1);
  loop_.on_thread([&] { EXPECT_TRUE(identity_->show(*shown)); });
  tcp::socket socket = dial(server);
  open_tunnel(&socket);
  EXPECT_NE(ask_inside(std::move(socket), "api.example.org").find("certificate verify failed"),
            std::string::npos);
  // A certificate of another key is not taken.
  loop_.on_thread([&] { EXPECT_EQ(identity_->show(ca).error().code, "net.tls"); });
}

TEST_F(Tunnel, OtherHostsAreRefusedInWords) {
  Server& server = serve_proxy();
  for (const std::string host : {"example.com", "127.0.0.1", "[::1]", "169.254.169.254"}) {
    const std::string answer =
        ask(dial(server), "CONNECT " + host + ":443 HTTP/1.1\r\nHost: " + host + ":443\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 Forbidden\r\n")) << answer;
    EXPECT_NE(answer.find("There is no way to " + host), std::string::npos) << answer;
  }
  const std::string plain =
      ask(dial(server), "GET http://api.example.org/ HTTP/1.1\r\nHost: api.example.org\r\n\r\n");
  EXPECT_TRUE(plain.starts_with("HTTP/1.1 405 ")) << plain;
  EXPECT_NE(plain.find("Allow: CONNECT\r\n"), std::string::npos);
  EXPECT_EQ(behaviour_.handled, 0);
  loop_.on_thread([&] { EXPECT_EQ(server.refused(), (CountsByStatus{{403, 4}, {405, 1}})); });
}

// What follows a refused CONNECT is read by nobody; what comes before the grant is refused.
TEST_F(Tunnel, BytesBehindTheHeadAreNoSecondRequest) {
  Server& server = serve_proxy();
  const std::string second = "GET /hidden HTTP/1.1\r\nHost: api.example.org\r\n\r\n";
  for (const std::string& first :
       {std::string("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n"),
        kTarget + kHost + "\r\n"}) {
    const std::string answer = ask(dial(server), first + second);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 40")) << answer;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << answer;
  }
  EXPECT_EQ(behaviour_.handled, 0);
}

TEST_F(Tunnel, PlainTextInsideIsNoRequest) {
  Server& server = serve_proxy();
  tcp::socket socket = dial(server);
  open_tunnel(&socket);
  EXPECT_EQ(
      ask(std::move(socket), "GET /a HTTP/1.1\r\nHost: api.example.org\r\n\r\n").find("HTTP/1.1"),
      std::string::npos);
  EXPECT_EQ(behaviour_.handled, 0);
}

TEST_F(Tunnel, HeadIsLimited) {
  ServerLimits limits;
  limits.header_bytes = 512;
  limits.header_time = Millis{50};
  Server& server = serve_proxy(limits);
  EXPECT_TRUE(
      ask(dial(server), kTarget + "X: " + std::string(600, 'a')).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(ask(dial(server), "CONNECT a:443\nHost").starts_with("HTTP/1.1 400 "));
  tcp::socket silent = dial(server);
  EXPECT_EQ(read_all(silent), "");
}

// --- Unix sockets --------------------------------------------------------------------------------

using Local = asio::local::stream_protocol;

TEST_F(Tunnel, UnixSocketTellsWhoConnected) {
  const std::string path = dir_ / "gate.sock";
  Endpoint endpoint;
  endpoint.path = path;
  endpoint.mode = 0660;
  serve_proxy({}, endpoint);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
  Local::socket socket(raw_context_);
  socket.connect(Local::endpoint(path));
  open_tunnel(&socket);
  EXPECT_NE(ask_inside(std::move(socket), "api.example.org").find("GET /a\n"), std::string::npos);
  EXPECT_EQ(seen_.uid, ::geteuid());
  EXPECT_EQ(seen_.address, "");

  const auto second = Server::listen(loop_.context.get_executor(), endpoint, {}, {}, nullptr);
  EXPECT_EQ(second.error().code, "net.taken");
  loop_.run(servers_.back()->stop(Millis{0}));
  EXPECT_NE(::stat(path.c_str(), &info), 0) << "a stopped server removes its socket";
  std::ofstream(path) << "mine";
  EXPECT_EQ(Server::listen(loop_.context.get_executor(), endpoint, {}, {}, nullptr).error().code,
            "net.path");
}

}  // namespace
}  // namespace keystile::net
