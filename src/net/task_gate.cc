#include "net/task_gate.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>

namespace keystile::net {

struct TaskGate::Impl {
  explicit Impl(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  size_t running = 0;
};

TaskGate::TaskGate(asio::any_io_executor executor) : impl_(std::make_unique<Impl>(executor)) {}

TaskGate::~TaskGate() {
  if (impl_->running == 0) return;
  std::fprintf(stderr, "keystile: %zu tasks outlive their owner\n", impl_->running);
  std::abort();
}

void TaskGate::spawn(asio::awaitable<void> task) {
  ++impl_->running;
  asio::co_spawn(impl_->timer.get_executor(), std::move(task),
                 [impl = impl_.get()](const std::exception_ptr& thrown) {
                   if (thrown) std::terminate();
                   if (--impl->running == 0) impl->timer.cancel();
                 });
}

size_t TaskGate::running() const { return impl_->running; }

asio::awaitable<bool> TaskGate::drained(Millis limit) {
  if (impl_->running > 0) {
    impl_->timer.expires_after(limit);
    co_await impl_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return impl_->running == 0;
}

asio::awaitable<void> TaskGate::drained() {
  bool done = false;  // named: g++ 12 makes a trap of "while (!co_await …)"
  while (!done) done = co_await drained(std::chrono::hours(1));
}

}  // namespace keystile::net
