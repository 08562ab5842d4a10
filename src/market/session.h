// What one connection brings, from its begin to its end: the same for one that is open now and for
// one that was recorded.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "market/reader.h"

namespace keystile::market {

// Gets each event where it is read; it holds until the call returns.
using OnEvent = std::function<void(const Event&)>;

class Session {
 public:
  Session(std::unique_ptr<Reader> reader, OnEvent on_event)
      : reader_(std::move(reader)), on_event_(std::move(on_event)) {}

  // A new connection: nothing is known yet.
  void begin() { reader_->reset(); }
  // Whether it told anything. Errors as of Reader::read().
  Result<bool> take(const Message& message);
  // A Notice of each book that it brought, by symbol: what changes from now on is missed.
  void lose_books(Break what, int64_t now_ns);

 private:
  std::unique_ptr<Reader> reader_;
  OnEvent on_event_;
  std::set<const Instrument*> books_;
};

}  // namespace keystile::market
