// keystile.toml: what is accepted is complete, and an error names the file.
#include "fuzz/check.h"
#include "signer/layout.h"

using namespace keystile;
using namespace keystile::signer;

KS_FUZZ_TARGET(input) {
  const auto settings = parse_settings(input, "keystile.toml");
  if (!settings) {
    KS_HOLDS(settings.error().code == "settings.toml");
    KS_HOLDS(settings.error().message.starts_with("keystile.toml:"));
    return;
  }
  KS_HOLDS(!settings->ledger_origin.empty());
  for (const auto& [vault, source] : settings->unlock) {
    KS_HOLDS((source.kind == UnlockSource::Kind::kPassphrase) == source.value.empty());
  }
  for (const ListenerSettings& listener : settings->listeners) {
    KS_HOLDS(!listener.environment.empty());
  }
}
