// What was recorded, as tardis-machine's /replay-normalized tells it: one JSON object a line.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile::feed {

// folder: as a Recorder got it. options: as of /ws-stream-normalized, each with "symbols" as the
// exchange spells them, and with "from" and "to" (of the first option; to is not in it), as
// "2026-11-21", "2026-11-21T14:30" or longer. A book begins with a snapshot of what it was at
// `from`. Reads from when the connections of then began and blocks: for a thread that has the time.
//
// "relay.parameter": the options are wrong. "replay.none": nothing of it is recorded.
// "replay.large": more than kMostReplayBytes; ask for less. "replay.stopped": *stop became true.
inline constexpr size_t kMostReplayBytes = 64 << 20;
Result<std::string> tardis_replay(const std::string& folder, std::string_view options,
                                  const std::atomic<bool>& stop);

}  // namespace keystile::feed
