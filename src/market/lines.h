// The lines of a text file: plain, gzipped, or in zstd frames (a recording).
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace keystile::market {

class Lines {
 public:
  // By what the file begins with. "recording.open"
  static Result<std::unique_ptr<Lines>> open(const std::string& path);
  virtual ~Lines() = default;

  // The next one, without its end; false where there is none. Of zstd only whole frames with the
  // right checksum are told. "recording.read": the file cannot be read on, or a line is longer than
  // any recorded message. "recording.torn": what comes last is no whole frame, since whoever
  // wrote it was ended; everything before it was told. After an error there is nothing more.
  virtual Result<bool> next(std::string* line) = 0;
};

}  // namespace keystile::market
