#include "feed/book_pauses.h"

#include <algorithm>

namespace keystile::feed {

void BookPauses::asked(const std::string& symbol, MonoTime now) {
  Pause& pause = pauses_[symbol];
  const bool stood = now - pause.end >= stands_;
  pause.length = stood ? least_ : std::clamp(pause.length * 2, least_, most_);
  pause.end = now + pause.length;
}

bool BookPauses::may_ask(std::string_view symbol, MonoTime now) const {
  const auto pause = pauses_.find(symbol);
  return pause == pauses_.end() || now >= pause->second.end;
}

}  // namespace keystile::feed
