// An io_context on a thread of its own, for tests with sockets.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <future>
#include <string>
#include <thread>

namespace keystile::net {

class Loop {
 public:
  Loop() : work_(context.get_executor()), thread_([this] { context.run(); }) {}
  ~Loop() {
    work_.reset();
    thread_.join();
  }
  template <class T>
  std::future<T> start(boost::asio::awaitable<T> task) {
    return boost::asio::co_spawn(context, std::move(task), boost::asio::use_future);
  }
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return start(std::move(task)).get();
  }
  // Runs it on the loop's thread, where all that is not thread-safe lives.
  void on_thread(std::function<void()> what) {
    std::promise<void> done;
    boost::asio::post(context, [&] {
      what();
      done.set_value();
    });
    done.get_future().get();
  }

  boost::asio::io_context context;

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace keystile::net
