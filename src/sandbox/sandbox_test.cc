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
