#include "signer/replay_marks.h"

#include "crypto/table_hash.h"

namespace keystile::signer {
namespace {

// A mark is kept as long as its signature could still be inside a window, and so much longer that
// a clock that is set back does not bring it in again.
constexpr std::chrono::minutes kGrace{5};

}  // namespace

const ReplayMarks::Seen* ReplayMarks::find(const crypto::Digest& digest) const {
  const auto at = seen_.find(digest);
  return at == seen_.end() ? nullptr : &at->second;
}

size_t ReplayMarks::hash_of(const crypto::Digest& digest) { return crypto::table_hash(digest); }

void ReplayMarks::add(const ReplayMark& mark, std::string_view route, WallTime now) {
  forget_old(now);
  Seen& seen = seen_[mark.digest];
  if (seen.times++ > 0) return;
  seen.route = route;
  seen.until_ms = mark.until_ms;
  order_.push_back({mark.until_ms, mark.digest});
}

void ReplayMarks::forget_old(WallTime now) {
  const int64_t limit = epoch_ms(now - kGrace);
  while (!order_.empty() && order_.front().first < limit) {
    seen_.erase(order_.front().second);
    order_.pop_front();
  }
}

}  // namespace keystile::signer
