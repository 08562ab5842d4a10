// Proofs that an entry stands in the log: of a log of seven entries, "entry 0" to "entry 6",
// nothing else can be proven. Input: the entry in a line, then the proof.
#include "fuzz/check.h"
#include "fuzz/input.h"
#include "fuzz/ledger_key.h"
#include "ledger/verify.h"

using namespace keystile;
using namespace keystile::ledger;

namespace {

constexpr uint64_t kSize = 7;

std::string entry(uint64_t index) { return "entry " + std::to_string(index); }

// The proof of one entry, made here, so that a good one is always near.
std::string proof_of(uint64_t index) {
  std::vector<Hash> leaves;
  for (uint64_t i = 0; i < kSize; ++i) leaves.push_back(leaf_hash(entry(i)));
  const SubtreeReader read = [&](int height, uint64_t at) -> Result<Hash> {
    return root_of(std::span(leaves).subspan(at << height, size_t{1} << height));
  };
  const Checkpoint checkpoint{fuzz::kOrigin, kSize, root_of(leaves)};
  std::string text = "c2sp.org/tlog-proof@v1\nindex " + std::to_string(index) + "\n";
  const Proof proof = *inclusion_proof(index, kSize, read);
  for (const Hash& hash : proof) text += base64_encode(bytes_of(hash)) + "\n";
  return text + "\n" + *sign_note(checkpoint.text(), fuzz::ledger_name(), fuzz::ledger_key());
}

}  // namespace

KS_FUZZ_TARGET(input) {
  static const std::string vkey = fuzz::ledger_name().vkey();
  const std::string text(fuzz::take_line(&input));
  if (const auto index = verify_proof(input, text, vkey)) {
    KS_HOLDS(*index < kSize && text == entry(*index));
  }
  static const std::string good = proof_of(3);
  const auto index = verify_proof(good, text, vkey);
  KS_HOLDS(index.has_value() == (text == entry(3)));
}
