// Recordings of exchanges' messages: JSON lines, plain or gzipped, one message a line, as
// test/recordings/README.md describes them. The only part of this folder that reads files.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "market/reader.h"

namespace keystile::market {

struct Recorded {
  uint64_t line = 0;  // counted from 1
  std::string raw;    // the text received; of a REST answer its body
  std::optional<int64_t> received_ns;
  std::string stream;   // as the message names it; "GET <url>" of a REST answer; or empty
  std::string session;  // one or several connections; a reader starts empty with each

  // For a reader; a view of this.
  Message message() const;
  bool is_rest() const { return stream.starts_with("GET "); }
};

class Recording {
 public:
  // "recording.open"
  static Result<Recording> open(const std::string& path);

  // False at the end. "recording.line": this line is no recorded message; "recording.read": the
  // file cannot be read to its end.
  Result<bool> next(Recorded* recorded);

 private:
  struct Close {
    void operator()(void* file) const;
  };
  explicit Recording(void* file) : file_(file) {}
  Result<bool> next_line();

  std::unique_ptr<void, Close> file_;
  std::string line_;
  uint64_t number_ = 0;
};

}  // namespace keystile::market
