// Signed notes, checkpoints and verifier keys. The key has signed one text only: whatever else is
// taken for signed is a forgery.
#include "fuzz/check.h"
#include "fuzz/ledger_key.h"

using namespace keystile;
using namespace keystile::ledger;

namespace {

const std::string& signed_text() {
  static const std::string text = Checkpoint{fuzz::kOrigin, 7, leaf_hash("a root")}.text();
  return text;
}

void check_checkpoint(const Checkpoint& checkpoint) {
  const auto again = parse_checkpoint(checkpoint.text());
  KS_HOLDS(again && again->text() == checkpoint.text());
}

}  // namespace

KS_FUZZ_TARGET(input) {
  static const std::string own = *sign_note(signed_text(), fuzz::ledger_name(), fuzz::ledger_key());
  KS_HOLDS(open_checkpoint(own, fuzz::ledger_name()));
  if (const auto text = open_note(input, fuzz::ledger_name())) KS_HOLDS(*text == signed_text());
  if (const auto checkpoint = unverified_checkpoint(input)) check_checkpoint(*checkpoint);
  if (const auto checkpoint = parse_checkpoint(input)) check_checkpoint(*checkpoint);
  if (const auto key = parse_vkey(input)) {
    KS_HOLDS(key->vkey() == input);
    KS_HOLDS(is_key_name(key->name));
  }
  // What we sign can be read back, or we refuse to sign it.
  if (const auto note = sign_note(input, fuzz::ledger_name(), fuzz::ledger_key())) {
    const auto text = open_note(*note, fuzz::ledger_name());
    KS_HOLDS(text && *text == input);
  }
}
