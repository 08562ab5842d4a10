#include "cli/feed_live.h"

#include <fmt/format.h>

#include <cstdio>

#include "market/event_json.h"

namespace keystile::cli {

void add_feed_options(Command& command, const std::shared_ptr<FeedOptions>& options) {
  command.option("--product", &options->product, "For example binance-spot, okx or deribit", true)
      .option("--channel", &options->channels,
              "trade, book, book_ticker, derivative_ticker, liquidation, option_summary "
              "(repeatable); else all")
      .option("--origin", &options->stream_origin,
              "Another place for its streams, e.g. a sandbox's https://127.0.0.1:7101")
      .option("--rest-origin", &options->rest_origin, "Another place for its REST answers")
      .option("--ca", &options->ca_file, "The CA to trust there; else the system's")
      .option("--renew-seconds", &options->renew_seconds,
              "How old a connection grows before another one takes its place; 23 hours")
      .arguments("SYMBOL", &options->symbols, "As the exchange spells them");
}

Result<feed::Wanted> wanted_of(const FeedOptions& options) {
  feed::Wanted wanted{
      options.product, options.symbols, {}, options.stream_origin, options.rest_origin};
  for (const std::string& name : options.channels) {
    const auto channel = feed::parse_channel(name);
    if (!channel) {
      return fail("feed.channel",
                  fmt::format("there is no channel {}; there are {}", name, feed::channel_names()));
    }
    wanted.channels.push_back(*channel);
  }
  return wanted;
}

feed::LiveOptions live_options_of(const FeedOptions& options) {
  feed::LiveOptions live;
  if (options.renew_seconds > 0) {
    live.times.renew_after = std::chrono::seconds(options.renew_seconds);
  }
  return live;
}

void print_event(const market::Event& event, std::string* line) {
  line->clear();
  market::append_json(event, line);
  *line += '\n';
  std::fwrite(line->data(), 1, line->size(), stdout);
}

}  // namespace keystile::cli
