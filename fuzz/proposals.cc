// Proposals from ledger entries, one JSON object a line: what can be read has one spelling, what is
// applied was legal, and the same entries give the same proposals.
#include "quorum/proposals.h"

#include "fuzz/check.h"
#include "fuzz/input.h"
#include "quorum/realm_for_test.h"

using namespace keystile;
using namespace keystile::quorum;

namespace {

void check_spelling(const Event& event) {
  const json::Value entry = to_json(event);
  const auto again = read_event(entry);
  KS_HOLDS(again && *again && json::dump(to_json(**again)) == json::dump(entry));
}

std::string spelled(const Proposals& proposals) {
  std::string out;
  for (const auto& [id, one] : proposals.all()) {
    KS_HOLDS(check(one.proposal).has_value());
    out += std::to_string(id) + std::string(to_string(one.state)) + one.detail;
    out += std::to_string(one.signatures.size()) + iso8601(one.approved);
    out += std::to_string(one.resolutions.size());
  }
  return out;
}

}  // namespace

KS_FUZZ_TARGET(input) {
  RealmForTest realm;
  Proposals second;
  for (int i = 0; !input.empty() && i < 32; ++i) {
    const auto entry = json::parse(fuzz::take_line(&input));
    if (!entry) continue;
    const auto event = read_event(*entry);
    if (!event || !*event) continue;
    check_spelling(**event);
    realm.pass(Millis{20});
    const bool legal =
        realm.proposals.check(**event, realm.clocks.wall, realm.in_force()).has_value();
    KS_HOLDS(legal == realm.apply(**event).has_value());
    KS_HOLDS(legal == second.apply(1, realm.clocks.wall, **event, realm.in_force()).has_value());
  }
  KS_HOLDS(spelled(realm.proposals) == spelled(second));
}
