#include "market/levels.h"

namespace keystile::market {
namespace {

// What follows the amount.
Fault skip_column(Scanner& in) {
  std::string_view text;
  Number number;
  if (in.next() == '"') return in.take_plain_text(&text);
  return in.take_number(Notation::kPlain, &number) == Fault::kNone ? Fault::kNone : Fault::kType;
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
  while (in.take(',')) KS_FAULT(skip_column(in));
  if (!in.take(']')) return Fault::kSyntax;
  if (level->amount.is_negative()) return Fault::kNumber;
  if (level->price.is_negative() && !form.negative_prices) return Fault::kNumber;
  if (!form.with_action || action == "new" || action == "change") return Fault::kNone;
  level->amount = Number();
  return action == "delete" ? Fault::kNone : Fault::kType;
}

}  // namespace

Fault read_levels(Scanner& in, const LevelForm& form, std::vector<Level>* levels) {
  if (!in.take('[')) return Fault::kType;
  if (in.take(']')) return Fault::kNone;
  do {
    KS_FAULT(read_level(in, form, &levels->emplace_back()));
  } while (in.take(','));
  return in.take(']') ? Fault::kNone : Fault::kSyntax;
}

}  // namespace keystile::market
