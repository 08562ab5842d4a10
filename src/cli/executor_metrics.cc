#include "cli/executor_metrics.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <mutex>
#include <thread>

#include "gate/metrics_listener.h"
#include "gate/process_metrics.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;

// Between the two threads.
class Told {
 public:
  void set(metrics::Families families, json::Array missing) {
    const std::lock_guard lock(mutex_);
    families_ = std::move(families);
    missing_ = std::move(missing);
  }
  metrics::Families families() const {
    const std::lock_guard lock(mutex_);
    return families_;
  }
  json::Array missing() const {
    const std::lock_guard lock(mutex_);
    return missing_;
  }

 private:
  mutable std::mutex mutex_;
  metrics::Families families_;
  json::Array missing_ = {json::object({{"missing", "realm"}})};
};

class ExecutorMetricsImpl final : public ExecutorMetrics {
 public:
  ~ExecutorMetricsImpl() override {
    if (!thread_.joinable()) return;
    asio::co_spawn(io_, listener_->stop(), asio::use_future).wait();
    io_.stop();
    thread_.join();
  }

  Status open(const executor::Settings::Metrics& where) {
    gate::MetricsSources sources;
    sources.families = [this, started = system_clock().wall()] {
      metrics::Families all = told_.families();
      const metrics::Families process = gate::process_metrics(started);
      all.insert(all.end(), process.begin(), process.end());
      return all;
    };
    sources.missing = [this] { return told_.missing(); };
    KS_TRY(listener_, gate::MetricsListener::open(io_.get_executor(), {where.address, where.port},
                                                  std::move(sources), system_clock()));
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  void tell(metrics::Families families, json::Array missing) override {
    told_.set(std::move(families), std::move(missing));
  }

 private:
  Told told_;
  asio::io_context io_;
  std::unique_ptr<gate::MetricsListener> listener_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<ExecutorMetrics>> ExecutorMetrics::open(const executor::Settings& settings) {
  if (!settings.metrics) return nullptr;
  auto made = std::make_unique<ExecutorMetricsImpl>();
  KS_CHECK(made->open(*settings.metrics));
  return made;
}

}  // namespace keystile::cli
