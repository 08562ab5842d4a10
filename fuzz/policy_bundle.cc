// An adopted policy as it is stored: what reads is written the same, names in order, none twice.
#include "fuzz/check.h"
#include "policy/loader.h"

using namespace keystile;
using namespace keystile::policy;

KS_FUZZ_TARGET(input) {
  const auto bundle = parse_bundle(input);
  if (!bundle) return;
  for (size_t i = 0; i < bundle->files.size(); ++i) {
    const std::string& name = bundle->files[i].name;
    KS_HOLDS(name.ends_with(".toml") && name.find('/') == name.npos);
    KS_HOLDS(i == 0 || bundle->files[i - 1].name < name);
  }
  const auto again = parse_bundle(dump_bundle(*bundle));
  KS_HOLDS(again && again->hash() == bundle->hash());
  KS_HOLDS(bundle->hash().size() == 64);
}
