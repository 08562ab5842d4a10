// Server and client over real sockets on loopback. One io_context on a thread of its own; the test
// thread plays the raw peers with blocking sockets.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "net/client.h"
#include "net/server.h"
#include "net/tls.h"

namespace keystile::net {
namespace {

using tcp = asio::ip::tcp;
using boost::system::error_code;

class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "keystile-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Echoes, and does what the path asks for.
struct Behaviour {
  std::atomic<int> handled{0};
  std::atomic<int> waiting{0};
  std::vector<std::unique_ptr<asio::steady_timer>> held;  // requests to /wait
};

asio::awaitable<HttpResponse> behave(Behaviour* behaviour, HttpRequest request, Peer peer) {
  ++behaviour->handled;
  if (request.path == "/throw") throw std::runtime_error("secret detail");
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
  response.headers.push_back({"Connection", "X-Hop"});
  response.body = request.method + " " + request.target() + "\n" + request.body;
  co_return response;
}

class Net : public testing::Test {
 protected:
  Net() : work_(context_.get_executor()), thread_([this] { context_.run(); }) {
    const WallTime now = system_clock().wall();
    EXPECT_TRUE(create_ca(ca_, "test CA", now, 1));
    EXPECT_TRUE(create_server_certificate(server_files_, ca_, {"localhost", "127.0.0.1"}, now, 1));
  }

  ~Net() override {
    for (auto& server : servers_) run(server->stop(Millis{0}));
    on_thread([this] {
      clients_.clear();
      servers_.clear();
    });
    work_.reset();
    thread_.join();
  }

  template <class T>
  T run(asio::awaitable<T> task) {
    return asio::co_spawn(context_, std::move(task), asio::use_future).get();
  }

  void on_thread(std::function<void()> what) {
    std::promise<void> done;
    asio::post(context_, [&] {
      what();
      done.set_value();
    });
    done.get_future().get();
  }

  Server& serve(bool with_tls, ServerLimits limits = {}, uint16_t port = 0) {
    std::optional<ServerTls> tls;
    if (with_tls) tls = ServerTls{server_files_.certificate, server_files_.key};
    on_thread([&] {
      auto server =
          Server::listen(context_.get_executor(), {"127.0.0.1", port}, tls, limits,
                         [this](HttpRequest request, Peer peer) {
                           return behave(&behaviour_, std::move(request), std::move(peer));
                         });
      ASSERT_TRUE(server) << server.error().message;
      servers_.push_back(std::move(*server));
    });
    return *servers_.back();
  }

  Client& client(ClientOptions options) {
    auto made = Client::make(context_.get_executor(), std::move(options));
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
    return run(from.send(origin, std::move(request), timeout));
  }

  static std::string https(const Server& server, const std::string& host = "localhost") {
    return "https://" + host + ":" + std::to_string(server.port());
  }
  static std::string http(const Server& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
  }

  tcp::socket dial(const Server& server) {
    tcp::socket socket(raw_context_);
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
    on_thread([this] {
      for (auto& timer : behaviour_.held) timer->cancel();
      behaviour_.held.clear();
    });
  }

  void await_waiting(int count) {
    while (behaviour_.waiting < count) std::this_thread::yield();
  }

  TempDir dir_;
  CertificateFiles ca_{dir_ / "ca.pem", dir_ / "ca.key"};
  CertificateFiles server_files_{dir_ / "server.pem", dir_ / "server.key"};
  Behaviour behaviour_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::io_context raw_context_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::thread thread_;
};

// --- TLS -----------------------------------------------------------------------------------------

TEST_F(Net, RoundTripOverTls) {
  Server& server = serve(true);
  HttpRequest request{"POST", "/a/../%2e", "x=1&&", true, {{"X-A", "b"}}, "body\0x"};
  const auto answer = run(trusting_client().send(https(server), request, Millis{5000}));
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
    EXPECT_EQ(answer.error().code, "net.tls");
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
    EXPECT_EQ(answer.error().code, "net.tls");
  }
}

TEST_F(Net, ExpiredCertificateIsRefused) {
  const WallTime past = system_clock().wall() - std::chrono::days(3);
  server_files_ = {dir_ / "old.pem", dir_ / "old.key"};
  ASSERT_TRUE(create_server_certificate(server_files_, ca_, {"localhost"}, past, 1));
  Server& server = serve(true);
  EXPECT_EQ(get(trusting_client(), https(server), "/").error().code, "net.tls");
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

TEST_F(Net, FilesAreCheckedBeforeListening) {
  const auto listen = [this](const CertificateFiles& files) {
    return Server::listen(context_.get_executor(), {"127.0.0.1", 0},
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
  EXPECT_EQ(Client::make(context_.get_executor(), options).error().code, "net.tls");
}

TEST_F(Net, BusyPortIsNamed) {
  Server& server = serve(false);
  const auto second =
      Server::listen(context_.get_executor(), {"localhost", server.port()}, {}, {}, nullptr);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "net.bind");
  EXPECT_NE(second.error().message.find(std::to_string(server.port())), std::string::npos);
}

// --- the server's edge ---------------------------------------------------------------------------

TEST_F(Net, KeepsAliveAndAnswersPipelinedRequestsInOrder) {
  Server& server = serve(false);
  const std::string answer =
      ask(dial(server),
          "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
          "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
          "HEAD /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("keep-alive\r\n\r\nGET /1\nHTTP/1.1 200"), std::string::npos);
  EXPECT_NE(answer.find("POST /2\naHTTP/1.1 200 OK"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("Connection: close\r\n\r\n")) << "an answer to HEAD has no body";
}

TEST_F(Net, SmuggledRequestIsNeverSeen) {
  Server& server = serve(false);
  const std::string answer = ask(dial(server),
                                 "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                                 "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_EQ(answer.find("HTTP/1.1 200"), std::string::npos);
  EXPECT_EQ(behaviour_.handled, 0);
}

TEST_F(Net, LimitsAreAnswered) {
  ServerLimits limits;
  limits.header_bytes = 512;
  limits.body_bytes = 100;
  Server& server = serve(false, limits);
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_TRUE(ask(dial(server), start + "X: " + std::string(600, 'a') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 431 "));
  // Much more than the server reads: the answer must arrive all the same.
  EXPECT_TRUE(ask(dial(server), start + "Content-Length: 200000\r\n\r\n" + std::string(200000, 'a'))
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(behaviour_.handled, 0);
}

TEST_F(Net, LateRequestsAreAnsweredAndIdleConnectionsClosed) {
  ServerLimits limits;
  limits.header_time = limits.body_time = Millis{30};
  limits.idle_time = Millis{60};
  Server& server = serve(false, limits);
  EXPECT_TRUE(ask(dial(server), "GET / HT").starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(ask(dial(server), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")
                  .starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(ask(dial(server), ""), "") << "no request, no answer";
}

TEST_F(Net, LateTlsHandshakeIsDropped) {
  ServerLimits limits;
  limits.header_time = Millis{30};
  Server& server = serve(true, limits);
  tcp::socket silent = dial(server);
  EXPECT_EQ(read_all(silent), "");
}

TEST_F(Net, ContinueIsAskedForBeforeTheBody) {
  Server& server = serve(false);
  tcp::socket socket = dial(server);
  asio::write(socket,
              asio::buffer(std::string("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                                       "Expect: 100-continue\r\nConnection: close\r\n\r\n")));
  std::string asked;
  asio::read_until(socket, asio::dynamic_buffer(asked), "\r\n\r\n");
  EXPECT_EQ(asked, "HTTP/1.1 100 Continue\r\n\r\n");
  asio::write(socket, asio::buffer("ab", 2));
  EXPECT_TRUE(read_all(socket).ends_with("PUT /\nab"));
}

TEST_F(Net, HandlerThatThrowsSaysNothing) {
  Server& server = serve(false);
  const std::string answer = ask(dial(server), "GET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 "));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(answer.find("secret"), std::string::npos);
}

TEST_F(Net, ConnectionsAboveTheLimitWait) {
  ServerLimits limits;
  limits.connections = 1;
  Server& server = serve(false, limits);
  tcp::socket first = dial(server);
  const std::string request = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n";
  asio::write(first, asio::buffer(request));
  std::string answer;
  asio::read_until(first, asio::dynamic_buffer(answer), "GET /1\n");
  tcp::socket second = dial(server);
  asio::write(second, asio::buffer(std::string("GET /2 HTTP/1.0\r\n\r\n")));
  EXPECT_EQ(behaviour_.handled, 1);
  first.close();
  EXPECT_TRUE(read_all(second).ends_with("GET /2\n"));
}

// --- graceful stop -------------------------------------------------------------------------------

TEST_F(Net, StopAnswersWhatWasReadAndClosesWhatIsIdle) {
  Server& server = serve(false);
  tcp::socket idle = dial(server);
  tcp::socket busy = dial(server);
  asio::write(busy, asio::buffer(std::string("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")));
  await_waiting(1);
  auto stopped = asio::co_spawn(context_, server.stop(Millis{10000}), asio::use_future);
  EXPECT_EQ(read_all(idle), "");
  release_waiting();
  const std::string answer = read_all(busy);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("GET /wait\n"));
  busy.close();
  stopped.get();
  tcp::socket late(raw_context_);
  error_code refused;
  late.connect({asio::ip::address_v4::loopback(), server.port()}, refused);
  EXPECT_TRUE(refused);
}

TEST_F(Net, StopInTheMiddleLosesNoRequestThatWasRead) {
  Server& server = serve(true);
  Client& from = trusting_client();
  constexpr int kRequests = 200;
  std::vector<std::future<Result<HttpResponse>>> answers;
  for (int i = 0; i < kRequests; ++i) {
    HttpRequest request;
    request.method = "POST";
    request.path = i % 8 == 0 ? "/wait" : "/" + std::to_string(i);
    request.body = std::string(static_cast<size_t>(i) * 100, 'a');
    answers.push_back(asio::co_spawn(
        context_, from.send(https(server), std::move(request), Millis{20000}), asio::use_future));
  }
  await_waiting(20);
  auto stopped = asio::co_spawn(context_, server.stop(Millis{20000}), asio::use_future);
  on_thread([] {});  // stop has begun
  release_waiting();
  int answered = 0;
  for (auto& future : answers) {
    const auto answer = future.get();
    if (answer) ++answered;
  }
  stopped.get();
  EXPECT_EQ(answered, behaviour_.handled.load());
  EXPECT_GE(answered, 20);
}

TEST_F(Net, StopClosesWhatDoesNotEndInTime) {
  Server& server = serve(false);
  tcp::socket slow = dial(server);
  asio::write(slow, asio::buffer(std::string("GET /half HTTP/1.1\r\nHo")));
  tcp::socket quick = dial(server);
  asio::write(quick, asio::buffer(std::string("GET / HTTP/1.0\r\n\r\n")));
  read_all(quick);  // so the server has had time to read the other one's bytes too
  quick.close();
  run(server.stop(Millis{20}));
  char byte = 0;
  error_code end;
  slow.read_some(asio::buffer(&byte, 1), end);
  EXPECT_TRUE(end);
}

// --- the client ----------------------------------------------------------------------------------

TEST_F(Net, PoolReusesConnections) {
  Server& server = serve(true);
  Client& from = trusting_client();
  const auto first = get(from, https(server), "/1");
  const auto second = get(from, https(server), "/2");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*find_header(first->headers, "X-Port"), *find_header(second->headers, "X-Port"));
}

TEST_F(Net, ConnectionThatTheServerClosedIsReplaced) {
  for (const bool with_tls : {true, false}) {
    Server& server = serve(with_tls);
    const std::string origin = with_tls ? https(server) : http(server);
    Client& from = trusting_client();
    ASSERT_TRUE(get(from, origin, "/1"));
    run(server.stop(Millis{5000}));
    serve(with_tls, {}, server.port());
    const auto second = get(from, origin, "/2");
    EXPECT_TRUE(second) << second.error().message;
  }
}

TEST_F(Net, WaitersGetTheNextFreeConnectionOrGiveUp) {
  Server& server = serve(false);
  ClientOptions options;
  options.connections_per_host = 1;
  Client& from = client(options);
  HttpRequest slow;
  slow.method = "GET";
  slow.path = "/wait";
  auto first =
      asio::co_spawn(context_, from.send(http(server), slow, Millis{10000}), asio::use_future);
  await_waiting(1);
  const auto busy = get(from, http(server), "/", Millis{20});
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, "net.busy");
  EXPECT_EQ(busy.error().kind, ErrorClass::kRetryable);

  slow.path = "/next";
  auto next =
      asio::co_spawn(context_, from.send(http(server), slow, Millis{10000}), asio::use_future);
  release_waiting();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(next.get());
  EXPECT_EQ(behaviour_.handled, 2);
}

TEST_F(Net, BadRequestsAreNotSent) {
  Server& server = serve(false);
  Client& from = client({});
  const auto code = [&](const std::string& origin, const std::string& path) {
    const auto answer = get(from, origin, path);
    return answer ? "" : answer.error().code;
  };
  EXPECT_EQ(code(http(server), "/a b"), "net.request");
  EXPECT_EQ(code(http(server), "/a\r\nX: 1"), "net.request");
  EXPECT_EQ(code("http://example.com", "/"), "net.origin");
  EXPECT_EQ(code("ftp://localhost", "/"), "net.origin");
  EXPECT_EQ(code("https://user@localhost", "/"), "net.origin");
  EXPECT_EQ(code("https://localhost/x", "/"), "net.origin");
  EXPECT_EQ(behaviour_.handled, 0);
}

// A peer that answers each of its connections with fixed bytes, then closes.
class Scripted {
 public:
  enum class When { kBeforeReading, kAfterReading };
  Scripted(When when, std::string answer)
      : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}), thread_([this, when, answer] {
          tcp::socket socket = acceptor_.accept();
          error_code ignored;
          std::string head;
          if (when == When::kAfterReading) {
            asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n", ignored);
          }
          asio::write(socket, asio::buffer(answer), ignored);
        }) {}
  ~Scripted() { thread_.join(); }
  std::string origin() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

TEST_F(Net, LostAnswersAreOfUnknownOutcome) {
  using When = Scripted::When;
  const std::vector<std::pair<When, std::string>> scripts = {
      {When::kBeforeReading, ""},
      {When::kAfterReading, ""},
      {When::kAfterReading, "HTTP/1.1 200 OK\r\nContent-Le"},
      {When::kAfterReading, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"},
      {When::kAfterReading, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"},
      {When::kAfterReading, "HTTP/1.1 100 Continue\r\n\r\n"},
      {When::kAfterReading, "garbage\r\n\r\n"},
      {When::kAfterReading, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"},
  };
  for (const auto& [when, text] : scripts) {
    Scripted peer(when, text);
    const auto answer = get(client({}), peer.origin(), "/");
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, "net.lost") << text;
    EXPECT_EQ(answer.error().kind, ErrorClass::kOutcomeUnknown);
  }
}

TEST_F(Net, AnswerThatEndsWithTheConnectionIsWhole) {
  Scripted peer(Scripted::When::kAfterReading, "HTTP/1.1 200 OK\r\n\r\nabc");
  const auto answer = get(client({}), peer.origin(), "/");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "abc");
}

TEST_F(Net, SlowAnswerIsOfUnknownOutcome) {
  Server& server = serve(false);
  const auto answer = get(client({}), http(server), "/wait", Millis{50});
  release_waiting();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorClass::kOutcomeUnknown);
}

TEST_F(Net, NobodyListeningIsRetryable) {
  std::string origin;
  {
    tcp::acceptor unused(raw_context_, {asio::ip::address_v4::loopback(), 0});
    origin = "http://127.0.0.1:" + std::to_string(unused.local_endpoint().port());
  }
  const auto answer = get(client({}), origin, "/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "net.connect");
  EXPECT_EQ(answer.error().kind, ErrorClass::kRetryable);
}

TEST_F(Net, SilentTlsPeerIsRetryable) {
  tcp::acceptor silent(raw_context_, {asio::ip::address_v4::loopback(), 0});
  const std::string origin = "https://localhost:" + std::to_string(silent.local_endpoint().port());
  const auto answer = get(trusting_client(), origin, "/", Millis{50});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "net.timeout");
  EXPECT_EQ(answer.error().kind, ErrorClass::kRetryable);
}

}  // namespace
}  // namespace keystile::net
