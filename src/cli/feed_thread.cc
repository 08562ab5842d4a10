#include "cli/feed_thread.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <thread>

#include "feed/relay.h"
#include "net/turn.h"
#include "signer/layout.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;

class FeedThreadImpl final : public FeedThread {
 public:
  ~FeedThreadImpl() override {
    if (!thread_.joinable()) return;
    asio::co_spawn(io_, feed_->stop(), asio::use_future).wait();
    io_.stop();
    thread_.join();
  }

  explicit FeedThreadImpl(feed::Settings settings) : settings_(std::move(settings)) {}

  Status open() {
    KS_TRY(feed_, feed::Feed::open(io_.get_executor(), settings_, system_clock(), system_random(),
                                   warn_of_trouble));
    thread_ = std::thread([this] {
      feed_->start();
      net::turn(io_, settings_.stay_awake);
    });
    return {};
  }

  const feed::Feed& feed() const override { return *feed_; }
  const feed::Settings& settings() const override { return settings_; }

 private:
  const feed::Settings settings_;
  asio::io_context io_{1};
  std::unique_ptr<feed::Feed> feed_;
  std::thread thread_;
};

}  // namespace

Result<feed::Settings> read_feed_settings(const std::string& path) {
  KS_TRY(const std::string text, signer::read_file(path));
  return feed::parse_settings(text, path);
}

void warn_of_trouble(const Error& error) {
  spdlog::warn("market data: {} ({})", error.message, error.code);
}

size_t relay_connections(const feed::Settings& settings) {
  return settings.relay ? feed::Relay::kMostConnections : 0;
}

void print_relay(const feed::Settings& settings, const feed::Feed& feed, Output& out) {
  if (!settings.relay) return;
  out.line(fmt::format("  {}://{}:{}/v1/market  market data, with a token",
                       settings.relay->certificate.empty() ? "http" : "https",
                       settings.relay->address, feed.relay_port()));
}

Result<std::unique_ptr<FeedThread>> FeedThread::open(const std::string& realm) {
  const std::string path = realm + "/feed.toml";
  if (!std::filesystem::exists(path)) return nullptr;
  KS_TRY(feed::Settings settings, read_feed_settings(path));
  auto made = std::make_unique<FeedThreadImpl>(std::move(settings));
  KS_CHECK(made->open());
  return made;
}

}  // namespace keystile::cli
