#include "net/server.h"

#include "net/net_for_test.h"

namespace keystile::net {
namespace {

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

TEST_F(Net, ManyRequestsAtOnceLetOthersInBetween) {
  Server& server = serve(false);
  tcp::socket greedy = dial(server), modest = dial(server);
  const auto asking = [](const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  for (tcp::socket* one : {&greedy, &modest}) {  // now both lie idle in the server
    asio::write(*one, asio::buffer(asking("/idle")));
    std::string answer;
    asio::read_until(*one, asio::dynamic_buffer(answer), "GET /idle\n");
  }
  std::string many;
  for (int i = 0; i < 400; ++i) many += asking("/many");
  loop_.on_thread([&] {
    asio::write(greedy, asio::buffer(many));
    asio::write(modest, asio::buffer(asking("/count")));
  });
  std::string answer;
  asio::read_until(modest, asio::dynamic_buffer(answer), "GET /count\n");
  const size_t at = answer.find("X-Handled: ");
  ASSERT_NE(at, answer.npos);
  EXPECT_LT(std::stoi(answer.substr(at + 11)), 20) << "of some 400";
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

TEST_F(Net, AHeadIsLateLongBeforeItsConnectionIsIdle) {
  ServerLimits limits;
  limits.header_time = Millis{30};
  limits.idle_time = Millis{5000};
  Server& server = serve(false, limits);
  const MonoTime begun = system_clock().mono();
  EXPECT_TRUE(ask(dial(server), "GET / HT").starts_with("HTTP/1.1 408 "));
  EXPECT_LT(system_clock().mono() - begun, limits.idle_time);
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

TEST_F(Net, WhoeverReadsOnIsWaitedFor) {
  ServerLimits limits;
  limits.write_time = Millis{500};
  Server& server = serve(false, limits);
  tcp::socket slow = dial(server);
  slow.set_option(asio::socket_base::receive_buffer_size(64 * 1024));
  asio::write(slow, asio::buffer(std::string("GET /long HTTP/1.0\r\n\r\n")));
  std::vector<char> piece(64 * 1024);
  size_t total = 0;
  error_code end;
  asio::steady_timer line(slow.get_executor(), system_clock().mono());
  while (!end) {
    total += slow.read_some(asio::buffer(piece), end);
    line.expires_at(line.expiry() + Millis{5});  // more than a second in all
    line.wait();
  }
  EXPECT_EQ(end, asio::error::eof);
  EXPECT_GT(total, size_t{16} << 20);
}

TEST_F(Net, ConnectionsAboveTheLimitWaitForThoseThatAreHandled) {
  ServerLimits limits;
  limits.connections = 1;
  Server& server = serve(false, limits);
  tcp::socket first = dial(server);
  asio::write(first, asio::buffer(std::string("GET /wait HTTP/1.0\r\n\r\n")));
  await_waiting(1);
  tcp::socket second = dial(server);
  asio::write(second, asio::buffer(std::string("GET /2 HTTP/1.0\r\n\r\n")));
  EXPECT_EQ(behaviour_.handled, 1);
  release_waiting();
  EXPECT_TRUE(read_all(first).ends_with("GET /wait\n"));
  EXPECT_TRUE(read_all(second).ends_with("GET /2\n"));
}

TEST_F(Net, WhoeverHoldsTheMostConnectionsKeepsNobodyOut) {
  ServerLimits limits;
  limits.connections = 3;
  for (const bool with_tls : {false, true}) {
    Server& server = serve(with_tls, limits);
    std::vector<tcp::socket> greedy;
    const auto grow = [&] {
      for (size_t i = 0; i < limits.connections; ++i) greedy.push_back(dial(server, "127.0.0.2"));
    };
    grow();
    Client& honest = trusting_client();
    const std::string origin = with_tls ? https(server) : http(server);
    const auto first = get(honest, origin, "/1");
    ASSERT_TRUE(first) << first.error().message;
    grow();
    EXPECT_EQ(read_all(greedy[limits.connections]), "");  // it makes room for the last
    const auto again = get(honest, origin, "/2");         // on the connection that it had
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*find_header(again->headers, "X-Port"), *find_header(first->headers, "X-Port"));
  }
}

// --- graceful stop -------------------------------------------------------------------------------

TEST_F(Net, StopAnswersWhatWasReadAndClosesWhatIsIdle) {
  Server& server = serve(false);
  tcp::socket idle = dial(server);
  tcp::socket busy = dial(server);
  asio::write(busy, asio::buffer(std::string("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")));
  await_waiting(1);
  auto stopped = loop_.start(server.stop(Millis{10000}));
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
    answers.push_back(loop_.start(from.send(https(server), std::move(request), Millis{20000})));
  }
  await_waiting(20);
  auto stopped = loop_.start(server.stop(Millis{20000}));
  loop_.on_thread([] {});  // stop has begun
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
  loop_.run(server.stop(Millis{20}));
  char byte = 0;
  error_code end;
  slow.read_some(asio::buffer(&byte, 1), end);
  EXPECT_TRUE(end);
}

}  // namespace
}  // namespace keystile::net
