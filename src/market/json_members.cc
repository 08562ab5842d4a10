#include "market/json_members.h"

namespace keystile::market {

Fault read_scalar(Scanner& in, Notation form, std::string_view* target) {
  if (form == Notation::kQuoted) {
    KS_FAULT(in.take_text(target));
    return target->size() <= kMaxText ? Fault::kNone : Fault::kSize;
  }
  return in.take_digits(target) == Fault::kNone ? Fault::kNone : Fault::kType;
}

Fault read_scalar(Scanner& in, Notation, bool* target) {
  *target = in.next() == 't';
  return in.take_word(*target ? "true" : "false") ? Fault::kNone : Fault::kType;
}

Fault read_time(Scanner& in, Notation form, int64_t* target_us) {
  constexpr int64_t kNoMillis = 1'000'000'000'000'000;  // the year 33658
  constexpr int64_t kMost = 9'000'000'000'000'000;      // the year 2255: in nanoseconds, 64 bits
  KS_FAULT(read_scalar(in, form, target_us));
  if (*target_us < 0) return Fault::kNumber;
  if (*target_us < kNoMillis) *target_us *= 1000;
  return *target_us <= kMost ? Fault::kNone : Fault::kNumber;
}

Fault read_time(Scanner& in, Notation form, std::optional<int64_t>* target_us) {
  if (in.take_nothing()) return Fault::kNone;
  return read_time(in, form, &target_us->emplace());
}

}  // namespace keystile::market
