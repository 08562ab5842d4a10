#include "signer/suggest.h"

#include <limits>
#include <map>

namespace keystile::signer {
namespace {

using policy::Behaviour;
using policy::Grant;
using policy::Sighting;

// A grant that is against nothing but what no grant can allow.
Grant everything() {
  using exchanges::Product;
  using exchanges::Scope;
  Grant grant;
  grant.scopes = {Scope::kMarket, Scope::kRead, Scope::kTrade, Scope::kTransfer, Scope::kStream};
  for (const char* text : {"0.0.0.0/0", "::/0"}) {
    grant.networks.push_back(*policy::parse_network(text));
  }
  grant.instruments = {"*"};
  grant.products = {Product::kSpot, Product::kMargin, Product::kLinear, Product::kInverse,
                    Product::kOption};
  grant.account_wide = true;
  grant.reads_per_second = std::numeric_limits<uint32_t>::max();
  return grant;
}

// The policy as it is, with another grant for the client, which is not revoked, expired or
// observed.
policy::Policy with_grant(policy::Policy policy, const std::string& name, Grant grant) {
  for (policy::Client& client : policy.clients) {
    if (client.name != name) continue;
    client.grant = std::move(grant);
    client.revoked = false;
    client.expires.reset();
    client.observe_until.reset();
  }
  return policy;
}

Sighting sighting_of(const LedgerEntry& entry) {
  return {entry.index, entry.time, std::string(entry.value.text("source"))};
}

}  // namespace

Result<Behaviour> behaviour_of(const policy::Policy& policy, const std::string& client,
                               WallTime from, const Entries& entries) {
  Behaviour behaviour;
  const auto round = [&](Grant grant, const std::function<void(const Judged&)>& use) -> Status {
    const policy::Policy judging = with_grant(policy, client, std::move(grant));
    Replay replay(judging, client, from);
    return entries([&](const LedgerEntry& entry) -> Status {
      KS_TRY(const Judged* judged, replay.take(entry));
      if (judged) use(*judged);
      return {};
    });
  };
  // No grant can allow these: what they are, by the rule that stands against them.
  std::map<ledger::Index, std::string> uncovered;
  KS_CHECK(round(everything(), [&](const Judged& one) {
    const Sighting sighting = sighting_of(*one.entry);
    // Assets that may be transferred must be named: there is no grant of all.
    const bool transfer = one.question.intent && one.question.intent->transfer;
    if (!one.was_allowed) {
      behaviour.refused[std::string(one.entry->value.text("rule"))].add(sighting);
    } else if (one.cannot) {
      uncovered[sighting.entry] = *one.cannot;
    } else if (!one.allowed() && !transfer) {
      uncovered[sighting.entry] = one.verdict.refusal.rule;
    } else if (!behaviour.see(sighting, one.question)) {
      uncovered[sighting.entry] = "its name would be a pattern";
    }
  }));
  KS_CHECK(round(policy::unlimited_grant(behaviour), [&](const Judged& one) {
    if (!one.was_allowed) return;
    const Sighting sighting = sighting_of(*one.entry);
    const auto why = uncovered.find(sighting.entry);
    if (why != uncovered.end()) {
      behaviour.uncovered[why->second].add(sighting);
    } else if (!one.allowed()) {
      behaviour.uncovered[one.verdict.refusal.rule].add(sighting);
    } else {
      behaviour.measure(sighting, one.question, one.verdict);
    }
  }));
  return behaviour;
}

}  // namespace keystile::signer
