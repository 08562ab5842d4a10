// The sandbox over real sockets, asked as any client would.
#include "sandbox/sandbox.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <set>

#include "base/json.h"
#include "net/client.h"
#include "sandbox/frontend.h"

namespace keystile::sandbox {
namespace {

namespace asio = boost::asio;

struct SandboxTest : testing::Test {
  SandboxTest() {
    sandbox =
        Sandbox::make(context.get_executor(), {.tick_every = Millis{0}}, system_clock()).value();
    EXPECT_TRUE(sandbox->listen());
    client = net::Client::make(context.get_executor(), {}).value();
  }
  ~SandboxTest() override {
    client.reset();
    wait(sandbox->stop());
  }

  template <class T>
  T wait(asio::awaitable<T> work) {
    auto done = asio::co_spawn(context, std::move(work), asio::use_future);
    context.restart();
    while (done.wait_for(Millis{0}) != std::future_status::ready) context.run_one();
    return done.get();
  }
  Result<HttpResponse> send(const std::string& method, const std::string& path,
                            const std::string& body = {}) {
    const uint16_t port = sandbox->exchanges().front().port;
    HttpRequest request{method, path, "", false, {}, body};
    return wait(client->send("http://127.0.0.1:" + std::to_string(port), request, Millis{5000}));
  }

  asio::io_context context;
  std::unique_ptr<Sandbox> sandbox;
  std::unique_ptr<net::Client> client;
};

TEST_F(SandboxTest, EveryExchangeListensOnAPortOfItsOwn) {
  std::set<uint16_t> ports;
  for (const Sandbox::Served& served : sandbox->exchanges()) {
    EXPECT_EQ(served.venue->exchange(), served.exchange);
    ports.insert(served.port);
  }
  EXPECT_EQ(ports.size(), frontends().size());
  EXPECT_FALSE(ports.contains(0));
}

TEST_F(SandboxTest, PlaysAnExchangeThatGoesAwayOrIsSlow) {
  const auto trades = send("GET", "/__sandbox__/trades");
  ASSERT_TRUE(trades) << trades.error().message;
  EXPECT_EQ(trades->body, R"({"trades":[]})");
  ASSERT_TRUE(send("POST", "/__sandbox__/faults",
                   R"({"add": [{"kind": "drop-after"}, {"kind": "latency", "delay_ms": 120}]})"));
  const auto lost = send("GET", "/anything");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, "net.lost");
  const MonoTime before = system_clock().mono();
  EXPECT_TRUE(send("GET", "/anything"));
  EXPECT_GE(system_clock().mono() - before, Millis{120});
}

// By OKX's sequence numbers, what becomes of its messages is seen.
struct StreamTest : SandboxTest {
  StreamTest() {
    for (const Sandbox::Served& served : sandbox->exchanges()) {
      if (served.exchange == "okx") origin = "http://127.0.0.1:" + std::to_string(served.port);
    }
    socket = wait(client->open_websocket(origin, "/ws/v5/public", {}, Millis{5000})).value();
    const std::string ask =
        R"({"op":"subscribe","args":[{"channel":"bbo-tbt","instId":"BTC-USDT"}]})";
    EXPECT_TRUE(wait(socket->write(ask)));
    EXPECT_NE(next().find("subscribe"), std::string::npos);
    first = sequence();
  }
  ~StreamTest() override { socket.reset(); }

  std::string next() {
    const auto text = wait(socket->read());
    return text ? std::string(*text) : text.error().code;
  }
  int64_t sequence() {
    const std::string text = next();
    const auto message = json::parse(text);
    const json::Value* data = message ? message->find("data") : nullptr;
    if (!data) return -1;
    return data->if_array()->front().find("seqId")->as_int64().value();
  }
  HttpResponse post(const std::string& path, const std::string& body) {
    HttpRequest request{"POST", path, "", false, {}, body};
    return wait(client->send(origin, request, Millis{5000})).value();
  }
  void fault(const std::string& what) {
    EXPECT_EQ(post("/__sandbox__/faults", R"({"stream": )" + what + "}").status, 200);
  }
  void step() { post("/__sandbox__/tick", R"({"steps": 1})"); }

  std::string origin;
  std::shared_ptr<net::WebSocket> socket;
  int64_t first = 0;
};

TEST_F(StreamTest, MessagesAreLostDoubledSwappedAndLateOnRequest) {
  step();
  const int64_t second = sequence();
  EXPECT_GT(second, first);
  fault(R"({"lose": 1})");
  step();  // is not told
  fault(R"({"duplicate": 1})");
  step();
  const int64_t fourth = sequence();
  EXPECT_EQ(sequence(), fourth);
  EXPECT_GT(fourth, second);
  fault(R"({"swap": 1})");
  step();
  step();
  const int64_t sixth = sequence(), fifth = sequence();
  EXPECT_GT(sixth, fifth);
  EXPECT_GT(fifth, fourth);
  fault(R"({"delay_ms": 300})");
  const MonoTime before = system_clock().mono();
  step();
  EXPECT_GT(sequence(), sixth);
  EXPECT_GE(system_clock().mono() - before, Millis{300});
}

TEST_F(StreamTest, ConnectionsAreCutOnRequest) {
  fault(R"({"cut": true})");
  step();
  EXPECT_EQ(next(), "net.websocket");
}

TEST_F(SandboxTest, WhereThereIsNoStreamItEnds) {
  const uint16_t port = sandbox->exchanges().front().port;
  const auto socket = wait(client->open_websocket("http://127.0.0.1:" + std::to_string(port),
                                                  "/nothing", {}, Millis{5000}));
  if (socket) EXPECT_FALSE(wait((*socket)->read()));
}

TEST(Sandbox, ABusyPortIsSaid) {
  asio::io_context context;
  const auto first =
      Sandbox::make(context.get_executor(), {.tick_every = Millis{0}}, system_clock()).value();
  ASSERT_TRUE(first->listen());
  SandboxOptions options{.port_base = first->exchanges().front().port};
  const auto second = Sandbox::make(context.get_executor(), options, system_clock()).value();
  const Status busy = second->listen();
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, "net.bind");
}

}  // namespace
}  // namespace keystile::sandbox
