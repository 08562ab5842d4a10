// keystile feed serve: market data without a gate, until SIGINT or SIGTERM.
#include "cli/feed_serve.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>

#include "cli/feed_thread.h"
#include "cli/until_signal.h"
#include "gate/metrics_listener.h"
#include "gate/open_files.h"
#include "gate/process_metrics.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;

Result<std::unique_ptr<gate::MetricsListener>> open_metrics(
    const asio::any_io_executor& executor, const std::optional<feed::MetricsSettings>& settings,
    const feed::Feed& feed) {
  if (!settings) return nullptr;
  gate::MetricsSources sources;
  sources.families = [&feed, started = system_clock().wall()] {
    metrics::Families all = feed.metrics();
    const metrics::Families process = gate::process_metrics(started);
    all.insert(all.end(), process.begin(), process.end());
    return all;
  };
  sources.missing = [] { return json::Array(); };
  return gate::MetricsListener::open(executor, {settings->address, settings->port},
                                     std::move(sources), system_clock());
}

asio::awaitable<void> stop(feed::Feed* feed, gate::MetricsListener* metrics) {
  co_await feed->stop();
  if (metrics) co_await metrics->stop();
}

Result<int> serve(const std::string& config, Output& out) {
  KS_TRY(const feed::Settings settings, read_feed_settings(config));
  KS_CHECK(gate::allow_open_files(relay_connections(settings)));
  asio::io_context io{1};
  KS_TRY(const auto feed, feed::Feed::open(io.get_executor(), settings, system_clock(),
                                           system_random(), warn_of_trouble));
  KS_TRY(const auto metrics, open_metrics(io.get_executor(), settings.metrics, *feed));
  const size_t markets = feed->state().markets().size();
  out.line(fmt::format("Keystile reads {} market{}.", markets, markets == 1 ? "" : "s"));
  print_relay(settings, *feed, out);
  if (metrics && settings.metrics) {
    out.line(fmt::format("  http://{}:{}/metrics", settings.metrics->address, metrics->port()));
  }
  feed->start();
  run_until_signal(
      &io, [&feed, &metrics](int) { return stop(feed.get(), metrics.get()); }, settings.stay_awake);
  return kOk;
}

}  // namespace

void add_feed_serve(Command& feed) {
  const auto config = std::make_shared<std::string>();
  feed.add("serve", "Reads what feed.toml names and relays it to programs")
      .option("--config", config.get(), "The feed.toml; docs/market-data.md has its fields", true)
      .run([config](const Globals&, Output& out) { return serve(*config, out); });
}

}  // namespace keystile::cli
