#include "market/levels.h"

#include <algorithm>

namespace keystile::market {
namespace {

// What follows the amount.
Fault skip_column(Scanner& in) {
  std::string_view text;
  Number number;
  if (in.next() == '"') return in.take_plain_text(&text);
  return in.take_number(Notation::kPlain, &number) == Fault::kNone ? Fault::kNone : Fault::kType;
}

// What follows the amount at OKX.
Fault read_orders(Scanner& in, Level* level) {
  KS_FAULT(skip_column(in));
  if (!in.take(',')) return Fault::kNone;
  int64_t orders = 0;
  KS_FAULT(in.take_whole(Notation::kQuoted, &orders));
  if (orders < 0) return Fault::kNumber;
  level->orders = static_cast<uint16_t>(std::min<int64_t>(orders, Level::kManyOrders));
  return Fault::kNone;
}

Fault read_level(Scanner& in, const LevelForm& form, Level* level) {
  if (!in.take('[')) return Fault::kType;
  std::string_view action;
  if (form.with_action) {
    KS_FAULT(in.take_plain_text(&action));
    if (!in.take(',')) return Fault::kMissing;
  }
  KS_FAULT(in.take_number(form.form, &level->price));
  if (!in.take(',')) return Fault::kMissing;
  KS_FAULT(in.take_number(form.form, &level->amount));
  if (form.with_orders && in.take(',')) KS_FAULT(read_orders(in, level));
  while (in.take(',')) KS_FAULT(skip_column(in));
  if (!in.take(']')) return Fault::kSyntax;
  if (level->amount.is_negative()) return Fault::kNumber;
  if (level->price.is_negative() && !form.negative_prices) return Fault::kNumber;
  if (!form.with_action || action == "new" || action == "change") return Fault::kNone;
  level->amount = Number();
  return action == "delete" ? Fault::kNone : Fault::kType;
}

}  // namespace

Fault read_levels(Scanner& in, const LevelForm& form, size_t most, std::vector<Level>* levels) {
  if (!in.take('[')) return Fault::kType;
  if (in.take(']')) return Fault::kNone;
  do {
    if (levels->size() == most) return Fault::kSize;
    KS_FAULT(read_level(in, form, &levels->emplace_back()));
  } while (in.take(','));
  return in.take(']') ? Fault::kNone : Fault::kSyntax;
}

}  // namespace keystile::market
