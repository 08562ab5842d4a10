// What a witness answers to a submission. It has signed one checkpoint at one time: nothing else is
// ever taken for its word. Input: the answer.
#include <fmt/format.h>

#include "crypto/digest.h"
#include "fuzz/check.h"
#include "fuzz/ledger_key.h"
#include "ledger/witness.h"

using namespace keystile;
using namespace keystile::ledger;

namespace {

const crypto::SigningKey& witness_key() {
  static const auto key = fuzz::key_of_seed('w');
  return key;
}

const NoteKey& witness_name() {
  static const NoteKey name = [] {
    NoteKey key = *note_key("witness.example/fuzz", witness_key());
    key.type = 4;
    key.id = crypto::sha256(key.name + "\n\x04", key.public_key).substr(0, 4);
    return key;
  }();
  return name;
}

// https://c2sp.org/tlog-cosignature: id, big-endian seconds, signature.
std::string cosignature(std::string_view text, int64_t seconds) {
  std::string bytes = witness_name().id;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(seconds >> shift);
  bytes += *witness_key().sign(fmt::format("cosignature/v1\ntime {}\n{}", seconds, text));
  return fmt::format("\u2014 {} {}\n", witness_name().name, base64_encode(bytes));
}

constexpr int64_t kSignedAt = 1'780'000'000;

const std::string& asked() {
  static const std::string note =
      *sign_note(Checkpoint{fuzz::kOrigin, 7, leaf_hash("a root")}.text(), fuzz::ledger_name(),
                 fuzz::ledger_key());
  return note;
}

}  // namespace

KS_FUZZ_TARGET(input) {
  const NoteKey& witness = witness_name();
  static const std::string good =
      cosignature(asked().substr(0, asked().find("\n\n") + 1), kSignedAt);
  static const std::string cosigned = *add_cosignature(asked(), good, witness);

  const auto note = add_cosignature(asked(), input, witness);
  if (note) {
    const auto witnessed = open_witnessed(*note, fuzz::ledger_name(), witness);
    KS_HOLDS(witnessed);
    KS_HOLDS(witnessed->size == 7 && witnessed->root == leaf_hash("a root"));
    KS_HOLDS(epoch_ms(witnessed->at) == kSignedAt * 1000);
    KS_HOLDS(note->starts_with(asked()));
  }
  // What else stands in an answer neither helps nor hinders.
  KS_HOLDS(add_cosignature(asked(), "\n" + good, witness) == cosigned);
  // A note that was kept, and was changed since.
  if (const auto kept = open_witnessed(input, fuzz::ledger_name(), witness)) {
    KS_HOLDS(kept->size == 7 && epoch_ms(kept->at) == kSignedAt * 1000);
  }
}
