// A policy of one file or two (a line "---" between them): what is accepted keeps the rules that no
// policy may break, and every finding names a place that is there.
#include <algorithm>
#include <set>

#include "address/address.h"
#include "fuzz/check.h"
#include "policy/loader.h"

using namespace keystile;
using namespace keystile::policy;
using exchanges::Scope;

namespace {

Bundle bundle_of(std::string_view input) {
  constexpr std::string_view kBetween = "\n---\n";
  const size_t at = input.find(kBetween);
  Bundle bundle{{{"a.toml", std::string(input.substr(0, at))}}};
  if (at != input.npos) {
    bundle.files.push_back({"b.toml", std::string(input.substr(at + kBetween.size()))});
  }
  return bundle;
}

void check_place(const Finding& finding, const Bundle& bundle) {
  KS_HOLDS(!finding.rule.empty() && !finding.message.empty());
  const auto file = std::find_if(bundle.files.begin(), bundle.files.end(),
                                 [&](const Bundle::File& f) { return f.name == finding.file; });
  KS_HOLDS(file != bundle.files.end());
  const auto lines = std::count(file->text.begin(), file->text.end(), '\n') + 1;
  KS_HOLDS(finding.line >= 0 && finding.line <= lines);
}

bool has(const Grant& grant, Scope scope) {
  return std::find(grant.scopes.begin(), grant.scopes.end(), scope) != grant.scopes.end();
}

void check_payouts(const Client& client, const Policy& policy) {
  const Grant& grant = client.grant;
  KS_HOLDS(!has(grant, Scope::kAccount));
  if (!has(grant, Scope::kWithdraw)) return;
  KS_HOLDS(policy.quorum(Action::kWithdraw) && grant.daily_withdrawal);
  KS_HOLDS(!grant.withdraw_to.empty() && !client.observe_until);
  for (const std::string& name : grant.withdraw_to) KS_HOLDS(policy.address(name) != nullptr);
}

void check_addresses(const Policy& policy) {
  for (const BookAddress& entry : policy.addresses) {
    const address::Network* network = address::find_network(entry.network);
    KS_HOLDS(network && !entry.assets.empty() && entry.hold >= Millis{0});
    const auto read = address::check_address(*network, entry.address);
    KS_HOLDS(read && read->text == entry.address);
    KS_HOLDS(policy.address(entry.name) == &entry);
  }
}

void check_client(const Client& client, const Policy& policy) {
  const Account* account = policy.account(client.account);
  KS_HOLDS(account && policy.environment(account->environment));
  KS_HOLDS(!client.name.empty() && !client.key_id.empty() && !client.vault.empty());
  const Grant& grant = client.grant;
  KS_HOLDS(!has(grant, Scope::kTrade) || !has(grant, Scope::kWithdraw));
  KS_HOLDS(account->kind != AccountKind::kStorage || !has(grant, Scope::kTrade));
  for (const auto& limit : {grant.max_order_notional, grant.daily_exposure, grant.max_transfer,
                            grant.max_slippage_bps, grant.min_depth}) {
    KS_HOLDS(!limit || limit->is_positive());
  }
  KS_HOLDS(!grant.price_band.is_negative());
  check_payouts(client, policy);
}

void check_quorums(const Policy& policy) {
  std::set<std::string> keys;
  for (const Approver& approver : policy.approvers) {
    for (const auto& key : approver.keys) KS_HOLDS(keys.insert(key.point()).second);
  }
  KS_HOLDS(!policy.executor || !keys.contains(policy.executor->point()));
  for (const Quorum& quorum : policy.quorums) {
    KS_HOLDS(quorum.rule_for(std::nullopt) == &quorum.tiers.back().rule);
    for (const Quorum::Tier& tier : quorum.tiers) {
      KS_HOLDS(tier.rule.people() >= kLeastApprovals);
      KS_HOLDS(tier.rule.vetoes >= 1 && tier.rule.hold >= Millis{0});
    }
  }
}

void check_policy(const Policy& policy) {
  check_quorums(policy);
  check_addresses(policy);
  std::set<std::string> names, keys, vaults;
  for (const Client& client : policy.clients) {
    check_client(client, policy);
    KS_HOLDS(names.insert(client.name).second);
    KS_HOLDS(keys.insert(client.key_id).second);
  }
  for (const Account& account : policy.accounts) {
    const Environment* environment = policy.environment(account.environment);
    KS_HOLDS(environment != nullptr);
    for (const Key& key : account.keys) {
      KS_HOLDS(vaults.insert(account.environment + "/" + key.vault).second);
      KS_HOLDS(account.kind != AccountKind::kStorage || key.role != Role::kTrade);
    }
  }
  KS_HOLDS(plan(policy, policy).empty());
  for (const Change& change : plan(Policy{}, policy)) KS_HOLDS(!change.text.empty());
  for (const Change& change : plan(policy, Policy{})) KS_HOLDS(!change.text.empty());
}

}  // namespace

KS_FUZZ_TARGET(input) {
  const Bundle bundle = bundle_of(input);
  const Loaded loaded = load(bundle);
  for (const Finding& finding : loaded.findings) check_place(finding, bundle);
  KS_HOLDS(loaded.ok() ==
           std::none_of(loaded.findings.begin(), loaded.findings.end(),
                        [](const Finding& f) { return f.level == Finding::Level::kError; }));
  if (!loaded.ok()) return;
  check_policy(loaded.policy);
  const auto stored = parse_bundle(dump_bundle(bundle));
  KS_HOLDS(stored && stored->hash() == bundle.hash());
}
