#include "sandbox/stream_queue.h"

#include <utility>

namespace keystile::sandbox {

void StreamQueue::say(std::string message, MonoTime due) {
  overfull_ = overfull_ || unsent_.size() >= kMost;
  if (!overfull_) unsent_.push_back({due, std::move(message)});
}

void StreamQueue::push(std::string message, StreamFaults* faults, MonoTime now) {
  const MonoTime due = now + faults->delay;
  if (faults->spoil > 0 && !message.empty()) {
    --faults->spoil;
    message.pop_back();
  }
  if (faults->lose > 0) {
    --faults->lose;
  } else if (faults->swap > 0 && !held_) {
    --faults->swap;
    held_ = std::move(message);
  } else {
    if (faults->duplicate > 0) {
      --faults->duplicate;
      say(message, due);
    }
    say(std::move(message), due);
    if (held_) say(*std::exchange(held_, std::nullopt), due);
  }
}

std::string StreamQueue::take() {
  std::string text = std::move(unsent_.front().text);
  unsent_.pop_front();
  return text;
}

}  // namespace keystile::sandbox
