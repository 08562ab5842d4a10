// When a book that is not whole, or is wrong, may be asked for again: at once, but ever more seldom
// as long as it does not stay whole. Exchanges count what they are asked.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/time.h"

namespace keystile::feed {

class BookPauses {
 public:
  // least: after the first one, and twice as long after each, up to most. One that was not asked
  // for in `stands` after its pause begins with the least.
  BookPauses(Millis least, Millis most, Millis stands)
      : least_(least), most_(most), stands_(stands) {}

  // It was asked for. Not where the answer was none: that says nothing of the book.
  void asked(const std::string& symbol, MonoTime now);
  // Whether it may be.
  bool may_ask(std::string_view symbol, MonoTime now) const;

 private:
  struct Pause {
    Millis length{0};
    MonoTime end{};
  };
  const Millis least_, most_, stands_;
  std::map<std::string, Pause, std::less<>> pauses_;  // by symbol
};

}  // namespace keystile::feed
