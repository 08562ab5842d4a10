#include "net/turn.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <ctime>

namespace keystile::net {
namespace {

namespace asio = boost::asio;
using std::chrono::microseconds;
using std::chrono::milliseconds;

microseconds thread_time() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return microseconds(used.tv_sec * 1'000'000 + used.tv_nsec / 1000);
}

// What this thread computes while it waits for a timer.
microseconds spent_waiting(microseconds awake) {
  asio::io_context io;
  bool done = false;
  asio::steady_timer timer(io, milliseconds(200));
  timer.async_wait([&](boost::system::error_code) { done = true; });
  const auto before = thread_time();
  turn(io, awake);
  EXPECT_TRUE(done);
  return thread_time() - before;
}

TEST(Turn, SleepsAtOnceUnlessItIsToStayAwake) {
  const auto always = spent_waiting(milliseconds(1000));
  EXPECT_LT(spent_waiting(microseconds(0)) * 3, always);
  EXPECT_LT(spent_waiting(microseconds(500)) * 3, always);
}

TEST(Turn, EndsWithTheWorkAndWhenItIsStopped) {
  asio::io_context io;
  int count = 0;
  asio::post(io, [&] { asio::post(io, [&] { ++count; }); });
  turn(io, microseconds(100));
  EXPECT_EQ(count, 1);

  io.restart();
  const auto work = asio::make_work_guard(io);
  asio::post(io, [&] { io.stop(); });
  turn(io, microseconds(100));
  EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace keystile::net
