// Owns spawned coroutines: counts them, waits for them, and will not die before them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/time.h"

namespace keystile::net {

namespace asio = boost::asio;

class TaskGate {
 public:
  explicit TaskGate(asio::any_io_executor executor);
  // Aborts the program if a task is still running: it would go on with dead references.
  ~TaskGate();
  TaskGate(const TaskGate&) = delete;
  TaskGate& operator=(const TaskGate&) = delete;

  // Runs task on the executor. A task must not throw: std::terminate.
  void spawn(asio::awaitable<void> task);
  size_t running() const;

  // Completes when no task runs (true), or after `limit` (false). One waiter at a time, which must
  // not be one of the tasks.
  asio::awaitable<bool> drained(Millis limit);
  asio::awaitable<void> drained();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keystile::net
