#include "gate/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/temp_folder_for_test.h"
#include "gate/fake_signer_for_test.h"
#include "metrics/exposition.h"
#include "net/client.h"
#include "net/loop_for_test.h"
#include "net/tls.h"

namespace keystile::gate {
namespace {

using tcp = asio::ip::tcp;

const exchanges::Exchange* any_exchange() { return exchanges::all_exchanges().front(); }
std::string base_path() { return "/" + std::string(any_exchange()->name()); }

class GateTest : public testing::Test {
 protected:
  GateTest() {
    signer_.on_begin = [this](signer::Inbound inbound) { return forward(std::move(inbound), 1); };
    loop_.on_thread([this] {
      net::Handler handler = [this](HttpRequest request, net::Peer) {
        return exchange(this, std::move(request));
      };
      auto server = net::Server::listen(loop_.context.get_executor(), {"127.0.0.1", 0}, {}, {},
                                        std::move(handler));
      ASSERT_TRUE(server);
      exchange_ = std::move(*server);
      auto made = net::Client::make(loop_.context.get_executor(), {});
      ASSERT_TRUE(made);
      program_ = std::move(*made);
    });
    origin_ = "http://127.0.0.1:" + std::to_string(exchange_->port());
  }

  ~GateTest() override {
    release();
    if (gate_) loop_.run(gate_->stop(Millis{0}));
    loop_.run(exchange_->stop(Millis{0}));
    loop_.on_thread([this] {
      gate_.reset();
      exchange_.reset();
      program_.reset();
      held_.clear();
    });
  }

  // The exchange: echoes, holds requests to /wait, and answers /status/N with that status.
  static asio::awaitable<HttpResponse> exchange(GateTest* self, HttpRequest request) {
    if (request.path == "/wait") {
      auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor);
      timer->expires_after(std::chrono::seconds(60));
      self->held_.push_back(timer);
      ++self->waiting_;
      co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    HttpResponse response;
    response.status =
        request.path.starts_with("/status/") ? std::stoi(request.path.substr(8)) : 201;
    response.headers = request.headers;
    response.body = request.method + " " + request.target() + " " + request.body;
    co_return response;
  }

  void release() {
    loop_.on_thread([this] {
      for (auto& timer : held_) timer->cancel();
    });
  }

  signer::Step forward(signer::Inbound inbound, uint64_t ticket) const {
    signer::Forward forward;
    forward.ticket = ticket;
    forward.to = {inbound.environment, std::string(inbound.exchange->name()), origin_};
    forward.request = std::move(inbound.request);
    forward.timeout = Millis{10000};
    return forward;
  }

  Result<std::unique_ptr<Gate>> open(GateConfig config) {
    Result<std::unique_ptr<Gate>> gate;
    loop_.on_thread(
        [&] { gate = Gate::open(loop_.context.get_executor(), std::move(config), signer_); });
    return gate;
  }

  // A gate with one plain listener for all exchanges.
  static GateConfig plain_config() {
    GateConfig config;
    config.listeners.push_back({{"127.0.0.1", 0}, "test", nullptr, {}});
    return config;
  }

  void open_or_fail(GateConfig config) {
    auto gate = open(std::move(config));
    ASSERT_TRUE(gate) << gate.error().message;
    gate_ = std::move(*gate);
  }

  asio::awaitable<Result<HttpResponse>> ask(HttpRequest request, size_t listener = 0) {
    return program_->send("http://127.0.0.1:" + std::to_string(gate_->ports()[listener]),
                          std::move(request), Millis{10000});
  }

  HttpResponse get(const std::string& path, Headers headers = {}, size_t listener = 0) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.headers = std::move(headers);
    auto answer = loop_.run(ask(std::move(request), listener));
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : HttpResponse{};
  }

  net::Loop loop_;
  FakeSigner signer_;
  std::unique_ptr<net::Server> exchange_;
  std::unique_ptr<net::Client> program_;
  std::unique_ptr<Gate> gate_;
  std::string origin_;
  std::vector<std::shared_ptr<asio::steady_timer>> held_;
  std::atomic<int> waiting_{0};
};

// --- which exchange, which environment -----------------------------------------------------------

TEST_F(GateTest, BasePathIsTakenOffByteForByte) {
  open_or_fail(plain_config());
  HttpRequest request{"POST", base_path() + "//v5/../%2e", "a=%2F&&b", true, {{"X-A", "1"}},
                      "body"};
  const auto answer = loop_.run(ask(request));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "POST //v5/../%2e?a=%2F&&b body");
  EXPECT_NE(find_header(answer->headers, "X-Finished"), nullptr);
  loop_.on_thread([this] {
    ASSERT_EQ(signer_.seen.size(), 1u);
    EXPECT_EQ(signer_.seen[0].exchange, any_exchange());
    EXPECT_EQ(signer_.seen[0].environment, "test");
    EXPECT_EQ(to_string(signer_.seen[0].source), "127.0.0.1");
  });
}

TEST_F(GateTest, PathsWithoutABasePathAreNotFound) {
  open_or_fail(plain_config());
  std::string upper = base_path();
  upper[1] = static_cast<char>(upper[1] - 'a' + 'A');
  for (const std::string& path :
       {std::string("/"), std::string("/v5/order"), "/" + base_path() + "/x", upper + "/x",
        base_path(), base_path() + "x/y", std::string("/%62") + base_path().substr(2) + "/x"}) {
    const HttpResponse answer = get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_NE(answer.body.find("gate.base_path"), std::string::npos);
  }
  loop_.on_thread([this] { EXPECT_TRUE(signer_.seen.empty()); });
}

TEST_F(GateTest, ListenerSaysExchangeAndEnvironment) {
  GateConfig config = plain_config();
  config.listeners.push_back({{"127.0.0.1", 0}, "staging", any_exchange(), {}});
  open_or_fail(std::move(config));
  EXPECT_EQ(get(base_path() + "/x", {}, 0).body, "GET /x ");
  EXPECT_EQ(get(base_path() + "/x", {}, 1).body, "GET " + base_path() + "/x ");
  loop_.on_thread([this] {
    EXPECT_EQ(signer_.seen[0].environment, "test");
    EXPECT_EQ(signer_.seen[1].environment, "staging");
  });
}

TEST_F(GateTest, SourceComesFromTheHeaderOfATrustedProxyOnly) {
  open_or_fail(plain_config());
  get(base_path() + "/x", {{"X-Forwarded-For", "198.51.100.7"}});
  loop_.run(gate_->stop(Millis{1000}));

  GateConfig config = plain_config();
  config.proxies.trusted = {*policy::parse_network("127.0.0.0/8")};
  open_or_fail(std::move(config));
  get(base_path() + "/x", {{"X-Forwarded-For", "198.51.100.7"}});
  EXPECT_EQ(get(base_path() + "/x").status, 400);
  loop_.on_thread([this] {
    ASSERT_EQ(signer_.seen.size(), 2u);
    EXPECT_EQ(to_string(signer_.seen[0].source), "127.0.0.1");
    EXPECT_EQ(to_string(signer_.seen[1].source), "198.51.100.7");
    EXPECT_EQ(find_header(signer_.seen[1].request.headers, "X-Forwarded-For"), nullptr);
  });
}

TEST_F(GateTest, OwnListenersAreNoUpstream) {
  open_or_fail(plain_config());
  origin_ = "http://127.0.0.1:" + std::to_string(gate_->ports()[0]);
  EXPECT_EQ(get(base_path() + "/a").status, 503);
  loop_.on_thread([this] {
    EXPECT_EQ(signer_.seen.size(), 1u) << "the request did not come round again";
    ASSERT_EQ(signer_.finished.size(), 1u);
    EXPECT_EQ(signer_.finished[0].second.error().code, "net.address");
  });
}

// --- what the signer says ------------------------------------------------------------------------

TEST_F(GateTest, AnswerGoesToTheClientWithoutAnUpstream) {
  signer_.on_begin = [](signer::Inbound) {
    return signer::Answer{{403, {{"X-Keystile-Reason", "r"}}, "no"}};
  };
  open_or_fail(plain_config());
  const HttpResponse answer = get(base_path() + "/x");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body, "no");
  EXPECT_EQ(*find_header(answer.headers, "X-Keystile-Reason"), "r");
}

TEST_F(GateTest, WhatIsToWaitIsSentAfterItsDelay) {
  signer_.on_begin = [this](signer::Inbound inbound) {
    signer::Step step = forward(std::move(inbound), 7);
    std::get<signer::Forward>(step).delay = Millis{120};
    return step;
  };
  open_or_fail(plain_config());
  const MonoTime start = system_clock().mono();
  EXPECT_EQ(get(base_path() + "/x").status, 201);
  EXPECT_GE(system_clock().mono() - start, Millis{120});
}

TEST_F(GateTest, AnswerCutInTheMiddleIsOfUnknownOutcome) {
  asio::io_context raw;
  tcp::acceptor acceptor(raw, {asio::ip::address_v4::loopback(), 0});
  origin_ = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  std::thread cutting([&] {
    tcp::socket socket = acceptor.accept();
    std::string head;
    asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n");
    asio::write(socket,
                asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")));
  });
  open_or_fail(plain_config());
  EXPECT_EQ(get(base_path() + "/x").body, "net.lost");
  cutting.join();
  loop_.on_thread([this] {
    ASSERT_EQ(signer_.finished.size(), 1u);
    EXPECT_EQ(signer_.finished[0].second.error().kind, ErrorClass::kOutcomeUnknown);
  });
}

TEST_F(GateTest, WaitsUntilTheLedgerIsOnDisk) {
  signer_.on_begin = [this](signer::Inbound inbound) {
    signer::Step step = forward(std::move(inbound), 7);
    std::get<signer::Forward>(step).after = 4;
    return step;
  };
  open_or_fail(plain_config());
  signer_.durable_now = 4;  // entries 0 to 3; number 4 is not among them
  HttpRequest request;
  request.method = "GET";
  request.path = base_path() + "/wait";
  auto answer = loop_.start(ask(request));
  int asked = 0;
  while (asked < 3) loop_.on_thread([&] { asked = signer_.durable_asked; });
  EXPECT_EQ(waiting_, 0) << "nothing was sent";
  loop_.on_thread([this] { signer_.durable_now = 5; });
  while (waiting_ == 0) std::this_thread::yield();
  release();
  EXPECT_EQ(answer.get()->status, 201);
}

TEST_F(GateTest, LedgerThatStaysBehindIsRetryable) {
  signer_.on_begin = [this](signer::Inbound inbound) {
    signer::Step step = forward(std::move(inbound), 7);
    std::get<signer::Forward>(step).after = 0;
    std::get<signer::Forward>(step).timeout = Millis{20};
    return step;
  };
  open_or_fail(plain_config());
  EXPECT_EQ(get(base_path() + "/wait").body, "gate.durable");
  EXPECT_EQ(waiting_, 0);
  loop_.on_thread([this] {
    EXPECT_EQ(signer_.finished.at(0).first, 7u);
    EXPECT_EQ(signer_.finished.at(0).second.error().kind, ErrorClass::kRetryable);
  });
}

TEST_F(GateTest, ErrandsRunSideBySide) {
  std::promise<void> both;
  signer_.on_done = [&] {
    if (signer_.done.size() == 2) both.set_value();
  };
  const std::string name(any_exchange()->name());
  const HttpRequest wait{"GET", "/wait", "", false, {}, ""};
  signer_.due = {{11, {"test", name, origin_}, wait, Millis{9000}},
                 {12, {"test", name, origin_}, wait, Millis{9000}}};
  open_or_fail(plain_config());
  while (waiting_ < 2) std::this_thread::yield();
  release();
  both.get_future().get();
  loop_.on_thread([this] {
    EXPECT_EQ(signer_.done[0].first + signer_.done[1].first, 23u);
    EXPECT_EQ(signer_.done[0].second->body, "GET /wait ");
  });
}

// --- trust ---------------------------------------------------------------------------------------

TEST_F(GateTest, EachEnvironmentTrustsItsOwnCa) {
  const TempFolder dir;
  const WallTime now = system_clock().wall();
  const net::CertificateFiles ca{dir / "ca.pem", dir / "ca.key"};
  const net::CertificateFiles files{dir / "s.pem", dir / "s.key"};
  ASSERT_TRUE(net::create_ca(ca, "test CA", now, 1));
  ASSERT_TRUE(net::create_server_certificate(files, ca, {"localhost"}, now, 1));
  std::unique_ptr<net::Server> secure;
  loop_.on_thread([&] {
    net::Handler handler = [this](HttpRequest request, net::Peer) {
      return exchange(this, std::move(request));
    };
    auto server =
        net::Server::listen(loop_.context.get_executor(), {"127.0.0.1", 0},
                            net::ServerTls{files.certificate, files.key}, {}, std::move(handler));
    ASSERT_TRUE(server);
    secure = std::move(*server);
  });
  origin_ = "https://localhost:" + std::to_string(secure->port());

  GateConfig config;
  const std::string name(any_exchange()->name());
  config.listeners.push_back({{"127.0.0.1", 0}, "test", any_exchange(), {}});
  config.listeners.push_back({{"127.0.0.1", 0}, "production", any_exchange(), {}});
  config.upstreams.push_back({"test", name, ca.certificate, false});
  open_or_fail(std::move(config));
  EXPECT_EQ(get("/x", {}, 0).status, 201);
  EXPECT_EQ(get("/x", {}, 1).body, "net.certificate");
  loop_.run(secure->stop(Millis{0}));
  loop_.on_thread([&] { secure.reset(); });
}

TEST_F(GateTest, CountsConnectionsAndWhatGoesWrongUpstream) {
  open_or_fail(plain_config());
  const auto measured = [this] {
    std::string text;
    loop_.on_thread([&] { text = to_text(gate_->metrics(), metrics::Format::kOpenMetrics); });
    return text;
  };
  const std::string labels =
      "{environment=\"test\",exchange=\"" + std::string(any_exchange()->name()) + "\",kind=";
  EXPECT_EQ(get(base_path() + "/x").status, 201);
  std::string text = measured();
  EXPECT_NE(text.find("\nkeystile_connections{listener=\"127.0.0.1:" +
                      std::to_string(gate_->ports()[0]) + "\"} 1\n"),
            text.npos)
      << text;
  EXPECT_NE(text.find("\nkeystile_connections_displaced_total{listener="), text.npos) << text;
  for (const char* kind : {"\"net.connect\"} 0\n", "\"status.429\"} 0\n", "\"status.5xx\"} 0\n"}) {
    EXPECT_NE(text.find("keystile_upstream_errors_total" + labels + kind), text.npos) << text;
  }
  for (const char* path : {"/status/429", "/status/503", "/status/404", "/status/500"})
    get(base_path() + path);
  origin_ = "http://127.0.0.1:1";
  get(base_path() + "/x");
  text = measured();
  for (const char* kind : {"\"net.connect\"} 1\n", "\"status.429\"} 1\n", "\"status.5xx\"} 2\n"}) {
    EXPECT_NE(text.find("keystile_upstream_errors_total" + labels + kind), text.npos) << text;
  }
  EXPECT_EQ(text.find("status.404"), text.npos);
}

TEST_F(GateTest, CountsWhatIsRefusedAtTheEdge) {
  GateConfig config = plain_config();
  config.limits.body_bytes = 10;
  open_or_fail(std::move(config));
  const auto count = [this](int status) {
    std::string text;
    loop_.on_thread([&] { text = to_text(gate_->metrics(), metrics::Format::kOpenMetrics); });
    const std::string series =
        "\nkeystile_edge_refused_total{listener=\"127.0.0.1:" + std::to_string(gate_->ports()[0]) +
        "\",status=\"" + std::to_string(status) + "\"} ";
    const size_t at = text.find(series);
    return at == text.npos ? "absent" : text.substr(at + series.size(), 2);
  };
  EXPECT_EQ(count(400), "0\n");
  const auto say = [this](std::string bytes) {
    asio::io_context context;
    tcp::socket socket(context);
    socket.connect({asio::ip::address_v4::loopback(), gate_->ports()[0]});
    asio::write(socket, asio::buffer(bytes));
    boost::system::error_code end;
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), end);
  };
  say("nonsense\r\n\r\n");
  say("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n01234567890");
  EXPECT_EQ(get("/nobody/x").status, 404);
  EXPECT_EQ(get(base_path() + "/status/418").status, 418);  // an exchange's answer is none
  EXPECT_EQ(count(400), "1\n");
  EXPECT_EQ(count(404), "1\n");
  EXPECT_EQ(count(413), "1\n");
  for (const int none : {403, 405, 408, 417, 421, 431, 500}) EXPECT_EQ(count(none), "0\n") << none;
  EXPECT_EQ(count(418), "absent");
}

TEST_F(GateTest, BadConfigIsSaidAtOnce) {
  GateConfig config = plain_config();
  config.upstreams.push_back({"test", "x", "/nowhere/ca.pem", false});
  EXPECT_EQ(open(config).error().code, "net.tls");
  config = plain_config();
  config.listeners.push_back({{"127.0.0.1", exchange_->port()}, "test", nullptr, {}});
  EXPECT_EQ(open(config).error().code, "net.bind");
}

// --- stop ----------------------------------------------------------------------------------------

TEST_F(GateTest, StopFinishesEveryTicket) {
  open_or_fail(plain_config());
  std::vector<std::future<Result<HttpResponse>>> answers;
  for (int i = 0; i < 20; ++i) {
    HttpRequest request;
    request.method = "GET";
    request.path = base_path() + "/wait";
    answers.push_back(loop_.start(ask(request)));
  }
  while (waiting_ < 20) std::this_thread::yield();
  auto stopped = loop_.start(gate_->stop(Millis{10000}));
  loop_.on_thread([] {});  // stop has begun
  release();
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
  stopped.get();
  loop_.on_thread([this] {
    EXPECT_EQ(signer_.seen.size(), 20u);
    EXPECT_EQ(signer_.finished.size(), 20u);
  });
}

}  // namespace
}  // namespace keystile::gate
