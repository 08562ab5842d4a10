// What the gate's tests share: an io_context on a thread of its own, and a signer that does as
// told.
#pragma once

#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "signer/signer.h"

namespace keystile::gate {

class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "keystile-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

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

// Look at it on the loop's thread only.
class FakeSigner final : public signer::Signer {
 public:
  signer::Step begin(signer::Inbound inbound) override {
    seen.push_back(inbound);
    return on_begin(std::move(inbound));
  }
  HttpResponse finish(uint64_t ticket, Result<HttpResponse> upstream) override {
    finished.emplace_back(ticket, std::move(upstream));
    const auto& result = finished.back().second;
    if (result) return {result->status, {{"X-Finished", "yes"}}, result->body};
    return {503, {}, result.error().code};
  }
  std::vector<signer::Errand> errands() override { return std::exchange(due, {}); }
  void errand_done(uint64_t id, Result<HttpResponse> upstream) override {
    done.emplace_back(id, std::move(upstream));
    if (on_done) on_done();
  }
  ledger::Index durable() const override {
    ++durable_asked;
    return durable_now;
  }
  Result<json::Value> control(const json::Value& command) override {
    if (command.text("do") == "fail") return fail("test.code", "the message");
    return json::object({{"did", command.text("do")}});
  }

  std::function<signer::Step(signer::Inbound)> on_begin;
  std::function<void()> on_done;
  std::vector<signer::Inbound> seen;
  std::vector<std::pair<uint64_t, Result<HttpResponse>>> finished;
  std::vector<signer::Errand> due;
  std::vector<std::pair<uint64_t, Result<HttpResponse>>> done;
  ledger::Index durable_now = 0;
  mutable int durable_asked = 0;
};

}  // namespace keystile::gate
