// What the commands have in common that listen to an exchange's markets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "feed/live.h"
#include "market/events.h"

namespace keystile::cli {

struct FeedOptions {
  std::string product, ca_file, stream_origin, rest_origin;
  std::vector<std::string> symbols, channels;
  int64_t renew_seconds = 0;  // 0: as LiveOptions has it
};
void add_feed_options(Command& command, const std::shared_ptr<FeedOptions>& options);

// "feed.channel": there is none of that name.
Result<feed::Wanted> wanted_of(const FeedOptions& options);

feed::LiveOptions live_options_of(const FeedOptions& options);

// One line of JSON on stdout; *line is only memory to use.
void print_event(const market::Event& event, std::string* line);

// `feed record`, `replay` and `inspect`.
void add_feed_recordings(Command& feed);

}  // namespace keystile::cli
