// What one program's stream is still to be told, in order, after injected faults. Sans I/O.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/time.h"
#include "sandbox/faults.h"

namespace keystile::sandbox {

class StreamQueue {
 public:
  // Who does not read is let go, as the exchanges do.
  static constexpr size_t kMost = 10'000;

  // An answer, or what is due then.
  void say(std::string message, MonoTime due = {});
  // What was pushed, as far as faults let it.
  void push(std::string message, StreamFaults* faults, MonoTime now);

  bool has_due(MonoTime now) const { return !unsent_.empty() && unsent_.front().due <= now; }
  std::string take();  // the first; there is one
  // More was to be said than it holds; that is lost, so the stream must end.
  bool is_overfull() const { return overfull_; }

 private:
  struct Message {
    MonoTime due;
    std::string text;
  };
  std::deque<Message> unsent_;
  std::optional<std::string> held_;  // changes places with the next
  bool overfull_ = false;
};

}  // namespace keystile::sandbox
