// Recordings of exchanges' messages: JSON lines, plain or packed, one message a line, as
// test/recordings/README.md describes them, and docs/market-data.md those that we make. With
// lines.h the only part of this folder that reads files.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "market/lines.h"
#include "market/reader.h"

namespace keystile::market {

// What a line tells beside messages, in recordings that we make.
enum class Mark : uint8_t {
  kNone,     // it is a message
  kStart,    // a recorder began: the sessions of the one before it have ended, if it did not say so
  kHour,     // it goes on into another hour: what stands follows as if it began,
  kBegin,    // a session, which is then one connection
  kSucceed,  // it takes the place of the one whose heir it was, and which has ended
  kGap,      // its end,
  kStale,    // or that of one that fell silent
};
std::string_view name_of(Mark mark);

struct Recorded {
  uint64_t line = 0;  // counted from 1
  Mark mark = Mark::kNone;
  std::string raw;  // the text received; of a REST answer its body
  std::optional<int64_t> received_ns;
  std::string stream;   // as the message names it; "GET <url>" of a REST answer; or empty
  std::string session;  // one or several connections; a reader starts empty with each
  std::string symbols;  // of kStart and kHour: those that were asked for, with spaces between
  std::string heir_of;  // of kBegin: the session beside which it is listened to; or empty
  std::optional<int64_t> before;  // how many messages of the session come before this line

  // For a reader; a view of this.
  Message message() const;
  bool is_rest() const { return stream.starts_with("GET "); }
};

class Recording {
 public:
  // "recording.open"
  static Result<Recording> open(const std::string& path);

  // False at the end. "recording.line": this line is no recorded message; and as of Lines::next().
  Result<bool> next(Recorded* recorded);

 private:
  explicit Recording(std::unique_ptr<Lines> lines) : lines_(std::move(lines)) {}

  std::unique_ptr<Lines> lines_;
  std::string line_;
  uint64_t number_ = 0;
};

}  // namespace keystile::market
