// OpenSSH public keys: what is taken has one spelling, as a line and on the wire.
#include "crypto/ssh_key.h"

#include "fuzz/check.h"

using namespace keystile;
using namespace keystile::crypto;

namespace {

void check(const SshKey& key) {
  const auto wire = SshKey::from_blob(key.blob());
  KS_HOLDS(wire && *wire == key && wire->line() == key.line());
  KS_HOLDS(key.application().empty() || is_fido(key.type()));
}

}  // namespace

KS_FUZZ_TARGET(input) {
  if (const auto key = SshKey::parse(input)) {
    check(*key);
    KS_HOLDS(input.starts_with(key->line()));
    KS_HOLDS(SshKey::parse(key->line()).value() == *key);
  }
  if (const auto key = SshKey::from_blob(input)) {
    check(*key);
    KS_HOLDS(key->blob() == input);
  }
}
