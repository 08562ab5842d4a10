// What a program asks for on /ws-stream-normalized, in tardis-machine's own words: ?options= with
// one JSON object or a list of them,
//   {"exchange":"binance","symbols":["btcusdt"],"dataTypes":["trade","book_snapshot_10_100ms"],
//    "withDisconnectMessages":true,"timeoutIntervalMS":10000}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "feed/computed.h"
#include "feed/plan.h"

namespace keystile::feed {

struct TardisOptions {
  std::string exchange;
  std::vector<std::string> symbols;  // none: all
  std::vector<Channel> channels;     // that are told as they are
  std::vector<Computed> computed;
  bool with_disconnects = false;
  Millis timeout{10000};
  std::optional<int64_t> from_us, to_us;  // of a replay
};

inline constexpr size_t kMostTardisOptions = 64;

// json: decoded from the query. "relay.parameter": it is not of that form. As with tardis-machine,
// members of other names are ignored.
Result<std::vector<TardisOptions>> parse_tardis_options(std::string_view json);

}  // namespace keystile::feed
