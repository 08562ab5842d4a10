// keystile feed record, replay, inspect: what exchanges say, kept as it came, and told again.
#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "cli/feed_live.h"
#include "feed/live.h"
#include "feed/recorder.h"
#include "feed/replay.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

struct RecordOptions {
  FeedOptions feed;
  std::string folder;
  bool print = false;
};

// Until SIGINT or SIGTERM, or until the disk refuses.
asio::awaitable<void> keep_flushing(asio::io_context* io, feed::Live* live,
                                    feed::Recorder* recorder, Status* written) {
  constexpr Millis kFlush{1000};
  asio::steady_timer timer(*io);
  asio::signal_set signals(*io, SIGINT, SIGTERM);
  bool told = false;
  signals.async_wait([&told, &timer](boost::system::error_code, int) {
    told = true;
    timer.cancel();
  });
  while (!told && *written) {
    timer.expires_after(kFlush);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    *written = recorder->flush();
  }
  co_await live->stop();
  *written = recorder->flush();
  io->stop();
}

Result<int> record(const RecordOptions& options, Output& out) {
  KS_TRY(const feed::Wanted wanted, wanted_of(options.feed));
  KS_CHECK(feed::plan(wanted));
  KS_TRY(const auto recorder,
         feed::Recorder::make(options.folder, wanted.product, system_clock().wall(),
                              feed::Selection(wanted.symbols)));
  asio::io_context io{1};
  net::ClientOptions trust;
  trust.ca_file = options.feed.ca_file;
  KS_TRY(const auto client, net::Client::make(io.get_executor(), std::move(trust)));
  feed::LiveOptions live_options = live_options_of(options.feed);
  live_options.tap = recorder.get();
  std::string line;
  const auto print = [&line, prints = options.print](const market::Event& event) {
    if (!prints) return;
    print_event(event, &line);
    std::fflush(stdout);
  };
  KS_TRY(const auto live,
         feed::Live::make(io.get_executor(), *client, system_clock(), system_random(), wanted,
                          live_options, print, [&out](const Error& error) {
                            out.warn(fmt::format("{} ({})", error.message, error.code));
                          }));
  Status written;
  live->start();
  asio::co_spawn(io, keep_flushing(&io, live.get(), recorder.get(), &written),
                 [](std::exception_ptr error) {
                   if (error) std::rethrow_exception(error);
                 });
  io.run();
  KS_CHECK(written);
  return kOk;
}

struct ReplayOptions {
  std::string folder, product;
  int64_t speed = 1;
};

// A torn tail is what a kill leaves, and no damage.
bool is_whole(const feed::Replay::File& file) {
  for (const Error& trouble : file.troubles) {
    if (trouble.code != "recording.torn") return false;
  }
  return true;
}

int warn_of_troubles(const feed::Replay& replay, Output& out) {
  bool whole = true;
  for (const feed::Replay::File& file : replay.files()) {
    for (const Error& trouble : file.troubles) {
      out.warn(fmt::format("{}: {} ({})", file.path, trouble.message, trouble.code));
    }
    whole = whole && is_whole(file);
  }
  return whole ? kOk : kNo;
}

Result<int> replay(const ReplayOptions& options, Output& out) {
  if (options.speed < 0) return fail("replay.speed", "--speed must be 0, 1 or more");
  std::string line;
  KS_TRY(const auto recorded,
         feed::Replay::open(options.folder, options.product,
                            [&line](const market::Event& event) { print_event(event, &line); }));
  const MonoTime begun = system_clock().mono();
  const int64_t first = recorded->next_ns().value_or(0);
  asio::io_context io{1};
  asio::steady_timer timer(io);
  while (const auto next = recorded->next_ns()) {
    if (options.speed > 0) {
      const MonoTime due = begun + std::chrono::nanoseconds((*next - first) / options.speed);
      if (due > system_clock().mono()) {
        std::fflush(stdout);
        timer.expires_at(due);
        timer.wait();
      }
    }
    recorded->step();
  }
  std::fflush(stdout);
  return warn_of_troubles(*recorded, out);
}

std::string time_text(std::optional<int64_t> nanos) {
  constexpr int64_t kNanosPerMilli = 1'000'000;
  return nanos ? iso8601(from_epoch_ms(*nanos / kNanosPerMilli)) : "-";
}

json::Value described(const feed::Replay::File& file) {
  json::Array troubles;
  for (const Error& trouble : file.troubles) {
    troubles.push_back(json::object({{"code", trouble.code}, {"message", trouble.message}}));
  }
  return json::object({{"file", file.path},
                       {"from", time_text(file.first_ns)},
                       {"to", time_text(file.last_ns)},
                       {"messages", file.messages},
                       {"refused", file.refused},
                       {"missing", file.missing},
                       {"gaps", file.gaps},
                       {"renewals", file.renewals},
                       {"troubles", std::move(troubles)}});
}

Result<int> inspect(const ReplayOptions& options, Output& out) {
  KS_TRY(const auto recorded,
         feed::Replay::open(options.folder, options.product, [](const market::Event&) {}));
  while (recorded->next_ns()) recorded->step();
  json::Array all;
  out.line(fmt::format("{:<40} {:<24} {:<24} {:>10} {:>8} {:>8} {:>6}", "file", "from", "to",
                       "messages", "refused", "missing", "gaps"));
  for (const feed::Replay::File& file : recorded->files()) {
    const std::string name = fs::relative(file.path, options.folder).string();
    out.line(fmt::format("{:<40} {:<24} {:<24} {:>10} {:>8} {:>8} {:>6}", name,
                         time_text(file.first_ns), time_text(file.last_ns), file.messages,
                         file.refused, file.missing, file.gaps));
    all.push_back(described(file));
  }
  out.result(json::object({{"files", std::move(all)}}));
  return warn_of_troubles(*recorded, out);
}

void add_recorded(Command command, Result<int> (*run)(const ReplayOptions&, Output&),
                  const std::shared_ptr<ReplayOptions>& options) {
  command.option("--folder", &options->folder, "Where `feed record` wrote", true)
      .option("--product", &options->product, "Of the products recorded there", true)
      .run([options, run](const Globals&, Output& out) { return run(*options, out); });
}

}  // namespace

void add_feed_recordings(Command& feed) {
  const auto options = std::make_shared<RecordOptions>();
  Command record_command = feed.add(
      "record", "Keeps what an exchange's streams bring, as it came, until Ctrl-C: zstd files");
  add_feed_options(record_command, {options, &options->feed});
  record_command.option("--folder", &options->folder, "Where to; made if it is not there", true)
      .flag("--print", &options->print, "Prints the events as well, as `feed tail` does")
      .run([options](const Globals&, Output& out) { return record(*options, out); });

  const auto played = std::make_shared<ReplayOptions>();
  Command replay_command =
      feed.add("replay", "The events of what was recorded, as `feed tail` printed them then");
  replay_command.option("--speed", &played->speed,
                        "So many times as fast as it came (1); 0: as fast as it can be read");
  add_recorded(replay_command, replay, played);
  add_recorded(
      feed.add("inspect",
               "Each recorded file: span, messages, what is missing, gaps, torn or damaged end"),
      inspect, std::make_shared<ReplayOptions>());
}

}  // namespace keystile::cli
