#include "feed/visit.h"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

namespace keystile::feed {
namespace {

// What reads it throws; or its peer goes once it is written to, which stays stuck until it is
// dropped.
class StuckSocket final : public net::WebSocket {
 public:
  StuckSocket(const asio::any_io_executor& executor, bool throws)
      : throws_(throws), gone_(executor, MonoTime::max()), dropped_(executor, MonoTime::max()) {}
  asio::awaitable<Result<std::string_view>> read() override {
    if (throws_) throw std::runtime_error("no memory");
    co_await gone_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return fail("net.websocket", "the connection has ended");
  }
  asio::awaitable<Status> write(std::string) override {
    gone_.cancel();
    co_await dropped_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return fail("net.websocket", "dropped");
  }
  asio::awaitable<void> close(uint16_t, std::string) override { co_return; }
  void drop() override { dropped_.cancel(); }

 private:
  const bool throws_;
  asio::steady_timer gone_, dropped_;
};

// It has something to say from the start.
class Talker final : public Consumer {
 public:
  Talker() { outbox_.answer("something"); }
  void receive(std::string_view) override {}
  Outbox& outbox() override { return outbox_; }
  void hear(const Market&, Channel, Rendered*) override {}
  void hear_loss(const Market&, Channel, market::Break, int64_t) override {}

 private:
  Outbox outbox_{Slow::kConflate, [](const Topic&, uint64_t) { return std::string(); }};
};

struct VisitTest : testing::Test {
  VisitTest() {
    Tokens tokens;
    EXPECT_TRUE(tokens.add("desk", system_random(), {}));
    readers.set(tokens);
  }
  asio::awaitable<void> visit(std::shared_ptr<net::WebSocket> socket) {
    Visitor visitor{"desk", readers.all().at("desk").hash};
    auto consumer = std::make_unique<Talker>();
    Visit visit(io.get_executor(), visits, std::move(socket), std::move(visitor),
                std::move(consumer), readers, meter, system_clock());
    co_await visit.run();
  }
  // Until nothing more happens by itself.
  void come(bool throws) {
    auto socket = std::make_shared<StuckSocket>(io.get_executor(), throws);
    asio::co_spawn(io, visit(std::move(socket)), [this](const std::exception_ptr& thrown) {
      is_over = true;
      has_thrown = thrown != nullptr;
    });
    io.poll();
  }
  double open() const {
    for (const auto& family : meter.collect()) {
      if (family.name == "keystile_relay_consumers") return family.metric.at(0).gauge.value;
    }
    return -1;
  }

  asio::io_context io;
  Readers readers{1000};
  RelayMeter meter;
  Visits visits;
  bool is_over = false, has_thrown = false;
};

TEST_F(VisitTest, OneThatThrowsIsAmongTheVisitsNoMore) {
  come(true);
  EXPECT_TRUE(is_over);
  EXPECT_TRUE(has_thrown);
  EXPECT_TRUE(visits.empty());
  EXPECT_EQ(open(), 0);
}

// It closed its side and reads nothing: no deadline of the socket's own ends the write.
TEST_F(VisitTest, OneThatIsGoneWhileItIsWrittenToIsDropped) {
  come(false);
  EXPECT_FALSE(is_over);
  ASSERT_EQ(visits.size(), 1u);
  for (int i = 0; i < 2 && !visits.empty(); ++i) {
    (*visits.begin())->tick();
    io.restart();
    io.poll();
  }
  EXPECT_TRUE(is_over);
  EXPECT_FALSE(has_thrown);
  EXPECT_TRUE(visits.empty());
}

}  // namespace
}  // namespace keystile::feed
