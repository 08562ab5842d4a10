// An event that stays when the message goes that it is a view of.
#pragma once

#include <string>

#include "market/events.h"

namespace keystile::market {

class Kept {
 public:
  // Of any event but a BookChange, whose levels are not kept.
  explicit Kept(const Event& event);
  Kept(const Kept&) = delete;  // event() looks into this
  Kept& operator=(const Kept&) = delete;

  const Event& event() const { return event_; }

 private:
  std::string text_;
  Event event_;
};

}  // namespace keystile::market
