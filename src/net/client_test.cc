#include "net/client.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <thread>

#include "base/secret.h"
#include "net/net_for_test.h"

namespace keystile::net {
namespace {

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
    loop_.run(server.stop(Millis{5000}));
    serve(with_tls, {}, server.port());
    const auto second = get(from, origin, "/2");
    EXPECT_TRUE(second) << second.error().message;
  }
}

// Answers one request, in a process of its own: this one's memory holds nothing of it then.
struct PeerApart {
  PeerApart() {
    listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size), 0);
    port = ntohs(at.sin_port);
    process = ::fork();
    if (process == 0) answer();
  }
  ~PeerApart() {
    ::close(listener);
    ::waitpid(process, nullptr, 0);
  }
  [[noreturn]] void answer() const {
    constexpr char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const int peer = ::accept(listener, nullptr, nullptr);
    char heard[4096];
    size_t size = 0;
    while (std::string_view(heard, size).find("\r\n\r\n") == std::string_view::npos) {
      const ssize_t got = ::recv(peer, heard + size, sizeof heard - size, 0);
      if (got <= 0) ::_exit(1);
      size += static_cast<size_t>(got);
    }
    ::_exit(::send(peer, kAnswer, sizeof kAnswer - 1, 0) > 0 ? 0 : 1);
  }
  int listener = -1;
  uint16_t port = 0;
  pid_t process = -1;
};

// How often this process's memory holds what stands behind the mask.
constexpr char kMask = 0x5A;
size_t count_in_memory(std::string_view masked) {
  std::ifstream maps("/proc/self/maps");
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  size_t found = 0;
  std::string bytes;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx rw", &from, &to) != 2 || to - from > (1u << 30) ||
        line.find(" rw") == line.npos)
      continue;
    bytes.resize(to - from);
    const ssize_t got = ::pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(from));
    const auto end = bytes.cbegin() + std::max<ssize_t>(got, 0);
    const auto is_it = [](char byte, char wanted) { return (byte ^ kMask) == wanted; };
    for (auto at = bytes.cbegin();; ++at, ++found) {
      at = std::search(at, end, masked.begin(), masked.end(), is_it);
      if (at == end) break;
    }
    wipe(&bytes);
  }
  ::close(memory);
  return found;
}

// OKX is told a key's passphrase in a header.
TEST_F(Net, NothingThatWasSentStaysInMemory) {
  const std::string masked = "thirty-two characters and eight more, so";
  std::string value;
  value.reserve(masked.size());
  for (const char c : masked) value += static_cast<char>(c ^ kMask);
  HttpRequest request = request_to("GET", "/");
  request.headers.push_back({"X-Passphrase", std::move(value)});
  EXPECT_GT(count_in_memory(masked), 0u);
  const PeerApart peer;
  Client& from = client({});
  const auto answer = loop_.run(
      from.send("http://127.0.0.1:" + std::to_string(peer.port), std::move(request), Millis{5000}));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(count_in_memory(masked), 0u);
}

TEST_F(Net, WaitersGetTheNextFreeConnectionOrGiveUp) {
  Server& server = serve(false);
  ClientOptions options;
  options.connections_per_host = 1;
  Client& from = client(options);
  HttpRequest slow;
  slow.method = "GET";
  slow.path = "/wait";
  auto first = loop_.start(from.send(http(server), slow, Millis{10000}));
  await_waiting(1);
  const auto busy = get(from, http(server), "/", Millis{20});
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, "net.busy");
  EXPECT_EQ(busy.error().kind, ErrorClass::kRetryable);

  slow.path = "/next";
  auto next = loop_.start(from.send(http(server), slow, Millis{10000}));
  release_waiting();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(next.get());
  EXPECT_EQ(behaviour_.handled, 2);
}

TEST_F(Net, SlowRequestsOfOneKeepNobodyElseWaiting) {
  Server& server = serve(false);
  ClientOptions options;
  options.connections_per_host = 8;  // 6 for what is not urgent, 3 of them for each
  Client& from = client(options);
  const auto ask = [&](const char* path, Turn turn, Millis timeout = Millis{10000}) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    return loop_.start(from.send(http(server), std::move(request), timeout, turn));
  };
  std::vector<std::future<Result<HttpResponse>>> slow;
  for (int i = 0; i < 4; ++i) slow.push_back(ask("/wait", {1, false}));
  await_waiting(3);
  EXPECT_TRUE(ask("/read", {2, false}).get());
  for (int i = 0; i < 3; ++i) slow.push_back(ask("/wait", {2, false}));
  await_waiting(6);
  const auto read = ask("/read", {3, false}, Millis{20}).get();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "net.busy");
  EXPECT_TRUE(ask("/cancel", {3, true}).get());
  release_waiting();
  await_waiting(7);
  release_waiting();
  for (auto& one : slow) EXPECT_TRUE(one.get());
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
