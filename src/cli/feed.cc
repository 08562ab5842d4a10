// keystile feed normalize, tail: recorded messages of an exchange, or those that come now, as
// normalised events.
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "cli/feed_live.h"
#include "cli/feed_serve.h"
#include "cli/feed_token.h"
#include "cli/until_signal.h"
#include "feed/live.h"
#include "market/event_json.h"
#include "market/reader.h"
#include "market/recording.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;

struct NormalizeOptions {
  std::string product;
  std::vector<std::string> files;
};

// What tardis-dev had to be shown otherwise than it was recorded, to say the same: it knows books
// asked for by REST only in a wrapper of its own, no aggTrade, and one depth of Bybit's books.
std::string_view shim_of(std::string_view product, const market::Recorded& recorded) {
  if (recorded.is_rest()) return "rest";
  if (recorded.stream.ends_with("@aggTrade")) return "aggTrade";
  if (product.starts_with("bybit") && recorded.stream.starts_with("orderbook.")) {
    const std::string known = product == "bybit-option" ? "orderbook.25." : "orderbook.50.";
    if (!recorded.stream.starts_with("orderbook.1.") && !recorded.stream.starts_with(known)) {
      return "depth";
    }
  }
  return "";
}

void print_events(const market::Recorded& recorded, std::string_view shim,
                  std::span<const market::Event> events, std::string* line) {
  *line = fmt::format("{{\"line\":{}", recorded.line);
  if (!shim.empty()) *line += fmt::format(",\"shim\":\"{}\"", shim);
  *line += ",\"out\":[";
  for (const market::Event& event : events) market::append_json(event, line, market::Form::kBare);
  *line += "]}\n";
  std::fwrite(line->data(), 1, line->size(), stdout);
}

Result<void> normalize_file(const std::string& product, const std::string& path,
                            market::Reader* reader, Output& out) {
  KS_TRY(market::Recording recording, market::Recording::open(path));
  market::Recorded recorded;
  std::string session, line;
  reader->reset();
  for (;;) {
    KS_TRY(const bool more, recording.next(&recorded));
    if (!more) return {};
    if (recorded.mark != market::Mark::kNone) continue;
    if (recorded.session != session) reader->reset();
    session = recorded.session;
    const auto events = reader->read(recorded.message());
    if (!events) {
      out.warn(fmt::format("{}:{}: {} ({})", path, recorded.line, events.error().message,
                           events.error().code));
    } else if (!events->empty()) {
      print_events(recorded, shim_of(product, recorded), *events, &line);
    }
  }
}

Result<int> normalize(const NormalizeOptions& options, Output& out) {
  KS_TRY(const auto reader, market::make_reader(options.product));
  for (const std::string& path : options.files) {
    KS_CHECK(normalize_file(options.product, path, reader.get(), out));
  }
  uint64_t refused = 0;
  for (const uint64_t count : reader->counts().faults) refused += count;
  return refused == 0 ? kOk : kNo;
}

Result<int> tail(const FeedOptions& options, Output& out) {
  KS_TRY(const feed::Wanted wanted, wanted_of(options));
  asio::io_context io{1};
  net::ClientOptions trust;
  trust.ca_file = options.ca_file;
  KS_TRY(const auto client, net::Client::make(io.get_executor(), std::move(trust)));
  std::string line;
  KS_TRY(const auto live, feed::Live::make(
                              io.get_executor(), *client, system_clock(), system_random(), wanted,
                              live_options_of(options),
                              [&line](const market::Event& event) {
                                print_event(event, &line);
                                std::fflush(stdout);
                              },
                              [&out](const Error& error) {
                                out.warn(fmt::format("{} ({})", error.message, error.code));
                              }));
  live->start();
  run_until_signal(&io, [&live](int) { return live->stop(); });
  return kOk;
}

}  // namespace

void add_feed(Command& root) {
  Command feed = root.add("feed", "Market data of the exchanges in one form");
  const auto options = std::make_shared<NormalizeOptions>();
  feed.add("normalize", "Recorded messages (JSON lines, also gzipped) as normalised events")
      .option("--product", &options->product, "For example binance-spot, okx or deribit", true)
      .arguments("FILE", &options->files, "Recordings; test/recordings/README.md tells their form")
      .run([options](const Globals&, Output& out) { return normalize(*options, out); });
  const auto now = std::make_shared<FeedOptions>();
  Command tail_command = feed.add(
      "tail",
      "What happens on an exchange's markets now, one normalised event a line, until Ctrl-C");
  add_feed_options(tail_command, now);
  tail_command.run([now](const Globals&, Output& out) { return tail(*now, out); });
  add_feed_recordings(feed);
  add_feed_serve(feed);
  add_feed_token(feed);
}

}  // namespace keystile::cli
