// The vault file's format, and the plain texts within it: one spelling of each value.
#include "base/secret_reveal.h"
#include "fuzz/check.h"
#include "vault/format.h"

using namespace keystile;
using namespace keystile::vault;

KS_FUZZ_TARGET(input) {
  if (const auto vault = parse(input)) {
    KS_HOLDS(serialise(*vault) == input);
    KS_HOLDS(input.starts_with(serialise(vault->header)));
    KS_HOLDS(check_environment(vault->header.environment));
  }
  const auto bytes = SecretBytes::copy_of(input);
  if (!bytes) return;
  if (const auto records = parse_index(*bytes)) {
    for (const Record& record : *records) KS_HOLDS(check_info(record.info));
    const auto written = serialise_index(*records);
    KS_HOLDS(!written || written->equals(input));
  }
  if (const auto secrets = parse_secrets(*bytes)) {
    const auto written = serialise_secrets(*secrets);
    if (!written) return;
    const auto again = parse_secrets(*written);
    KS_HOLDS(again && again->secret == secrets->secret);
    KS_HOLDS(again->passphrase == secrets->passphrase);
  }
}
