// A feed on a thread of its own, beside a gate.
#pragma once

#include <memory>
#include <string>

#include "cli/cli.h"
#include "feed/feed.h"

namespace keystile::cli {

// The settings of a file, for people with a typing mistake: "file.io", "settings.toml".
Result<feed::Settings> read_feed_settings(const std::string& path);
// What the feed could not do and tries again, in the log.
void warn_of_trouble(const Error& error);

// How many programs may be connected to its relay at once.
size_t relay_connections(const feed::Settings& settings);

// Where it relays, for people; nothing where it does not.
void print_relay(const feed::Settings& settings, const feed::Feed& feed, Output& out);

class FeedThread {
 public:
  // What the feed.toml of a realm's folder asks for, running until this is destroyed; null where
  // there is none.
  static Result<std::unique_ptr<FeedThread>> open(const std::string& realm);
  virtual ~FeedThread() = default;
  // What any thread may ask of it.
  virtual const feed::Feed& feed() const = 0;
  virtual const feed::Settings& settings() const = 0;
};

}  // namespace keystile::cli
