#include "market/json_members.h"

namespace keystile::market {

Fault read_scalar(Scanner& in, Form form, int64_t* target) {
  constexpr size_t kMostDigits = 18;
  const bool is_quoted = in.take('"');
  if (is_quoted != (form == Form::kQuoted)) return Fault::kType;
  const bool negative = in.take('-');
  uint64_t value = 0;
  std::string_view digits;
  KS_FAULT(in.take_digits(&value, &digits));
  if (digits.size() > kMostDigits) return Fault::kNumber;
  if (is_quoted && !in.take('"')) return Fault::kNumber;
  *target = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
  return Fault::kNone;
}

Fault read_scalar(Scanner& in, Form form, std::string_view* target) {
  if (form == Form::kQuoted) return in.take_text(target);
  uint64_t value = 0;
  return in.take_digits(&value, target) == Fault::kNone ? Fault::kNone : Fault::kType;
}

Fault read_scalar(Scanner& in, Form, bool* target) {
  *target = in.next() == 't';
  return in.take_word(*target ? "true" : "false") ? Fault::kNone : Fault::kType;
}

Fault read_time(Scanner& in, Form form, int64_t* target_us) {
  constexpr int64_t kNoMillis = 1'000'000'000'000'000;  // the year 33658
  KS_FAULT(read_scalar(in, form, target_us));
  if (*target_us < 0) return Fault::kNumber;
  if (*target_us < kNoMillis) *target_us *= 1000;
  return Fault::kNone;
}

Fault read_time(Scanner& in, Form form, std::optional<int64_t>* target_us) {
  if (in.take_nothing()) return Fault::kNone;
  return read_time(in, form, &target_us->emplace());
}

}  // namespace keystile::market
