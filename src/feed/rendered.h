// One event as text: written once, however many consumers get it.
#pragma once

#include <array>
#include <string>

#include "feed/outbox.h"
#include "market/event_json.h"

namespace keystile::feed {

class Rendered {
 public:
  // The event must outlive it.
  explicit Rendered(const market::Event& event) : event_(event) {}

  const Text& text(market::Form form) {
    Text& text = texts_[static_cast<size_t>(form)];
    if (!text) {
      auto made = std::make_shared<std::string>();
      market::append_json(event_, made.get(), form);
      text = std::move(made);
    }
    return text;
  }
  const market::Event& event() const { return event_; }

 private:
  const market::Event& event_;
  std::array<Text, 2> texts_;  // by Form
};

// A topic as it is now: a book as a snapshot, or a gap while it is not whole; a ticker's latest;
// whether it trades; where there is nothing, or it is of trades, how many texts about it were
// missed
// ({"type":"missed","count":…}). now_ns: for what has no time of its own.
std::string render_now(const Topic& topic, uint64_t missed, market::Form form, int64_t now_ns);
// Whether there is anything to tell of it but what was missed.
bool has_now(const Topic& topic);

// The channel that an event belongs to; those about the market itself go with its book.
Channel channel_of(const market::Event& event);

}  // namespace keystile::feed
