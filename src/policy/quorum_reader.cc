#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "policy/draft.h"
#include "policy/names.h"

namespace keystile::policy {
namespace {

using crypto::Presence;

// How long it waits before it takes effect, where the policy does not say: longest for what could
// lead to withdrawals, as who approves could.
void set_usual_holds(Action action, Rule* rule) {
  constexpr std::chrono::hours kOther{48}, kWithdrawalPower{72};
  const bool changes_power = action == Action::kPolicy || action == Action::kApprovers;
  rule->hold = rule->withdrawal_power_hold = Millis{0};
  if (changes_power) rule->withdrawal_power_hold = kWithdrawalPower;
  if (action == Action::kPolicy) rule->hold = kOther;
  if (action == Action::kApprovers) rule->hold = kWithdrawalPower;
}

std::vector<Action> read_actions(Table* table) {
  std::vector<Action> actions;
  const auto texts = table->texts("actions");
  if (!texts || texts->empty()) table->bad_value("actions", "must name what the quorum is for");
  for (const std::string& text : texts.value_or(std::vector<std::string>{})) {
    if (const auto action = parse_action(text)) {
      actions.push_back(*action);
    } else {
      table->bad_value("actions",
                       fmt::format("has \"{}\", which is none of withdraw, transfer, "
                                   "policy (which has addresses and keys too), approvers and "
                                   "unfreeze",
                                   text));
    }
  }
  return actions;
}

void read_keys(Table* table, crypto::SshKeyRules* keys) {
  if (const auto texts = table->texts("key_types")) {
    keys->types.clear();
    if (texts->empty()) table->bad_value("key_types", "is empty: nobody could approve");
    for (const std::string& text : *texts) {
      if (const auto type = crypto::parse_ssh_key_type(text)) {
        keys->types.insert(*type);
      } else {
        table->bad_value("key_types",
                         fmt::format("has \"{}\", which is no type that can approve", text));
      }
    }
  }
  const std::string presence = table->text("presence").value_or("none");
  if (presence == "touch") {
    keys->presence = Presence::kTouch;
  } else if (presence == "pin") {
    keys->presence = Presence::kPin;
  } else if (presence != "none") {
    table->bad_value("presence", "must be none, touch or pin");
  }
}

void check_group(const Place& place, const std::string& group, Report* report) {
  if (is_name(group)) return;
  report->warn(place, "quorum.group_name",
               fmt::format("the name of a group may have letters, digits, '-', '_' and '.', 64 at "
                           "most, and not be {}",
                           json::quoted(group)));
}

void read_asks(Table* table, Rule* rule) {
  auto asks = table->table("approvals");
  if (!asks) {
    table->bad_value("approvals", "must say how many of which groups: { treasury = 2 }");
    return;
  }
  for (const std::string& group : asks->fields()) {
    check_group(asks->place(group), group, &asks->report());
    rule->asks.push_back({asks->count(group).value_or(0), group});
  }
}

}  // namespace

Approver read_approver(Table table) {
  Approver approver;
  approver.name = table.required_name("name");
  for (const std::string& line : table.texts("keys").value_or(std::vector<std::string>{})) {
    if (auto key = crypto::SshKey::parse(line)) {
      approver.keys.push_back(std::move(*key));
    } else {
      table.bad_value("keys", "has one that cannot be used: " + key.error().message);
    }
  }
  approver.groups = table.texts("groups").value_or(std::vector<std::string>{});
  for (const std::string& group : approver.groups) {
    check_group(table.place("groups"), group, &table.report());
  }
  table.finish();
  return approver;
}

void read_executor(Table table, Draft* draft) {
  if (draft->policy.executor) {
    table.report().error(table.place(), "executor.repeated", "there may be only one [executor]");
  }
  auto key = crypto::SshKey::parse(table.required("key"));
  if (!key) {
    table.bad_value("key", key.error().message);
  } else if (key->type() != crypto::SshKeyType::kEd25519) {
    table.bad_value("key", "must be an ssh-ed25519 key: nobody is there to touch a hardware key");
  } else {
    draft->policy.executor = std::move(*key);
    draft->executor = table.place();
  }
  table.finish();
}

void read_quorum(Table table, Draft* draft) {
  const std::vector<Action> actions = read_actions(&table);
  Quorum::Tier tier;
  tier.up_to = table.money("up_to");
  read_asks(&table, &tier.rule);
  tier.rule.vetoes = table.count("vetoes").value_or(1);
  read_keys(&table, &tier.rule.keys);
  if (const auto span = table.span("open_for")) tier.rule.open_for = *span;
  if (tier.rule.open_for <= Millis{0}) table.bad_value("open_for", "leaves no time to approve");
  const auto hold = table.span("hold");
  if (hold && std::find(actions.begin(), actions.end(), Action::kUnfreeze) != actions.end()) {
    table.bad_value("hold",
                    "is not for unfreeze, which waits for people alone: give that action a "
                    "[[quorum]] without one");
  }
  table.finish();
  auto& quorums = draft->policy.quorums;
  for (const Action action : actions) {
    set_usual_holds(action, &tier.rule);
    if (hold) tier.rule.hold = tier.rule.withdrawal_power_hold = *hold;
    auto at = std::find_if(quorums.begin(), quorums.end(),
                           [&](const Quorum& one) { return one.action == action; });
    if (at == quorums.end()) {
      at = quorums.insert(at, Quorum{action, {}});
      draft->quorums.emplace_back();
    }
    at->tiers.push_back(tier);
    draft->quorums[static_cast<size_t>(at - quorums.begin())].push_back(table.place());
  }
}

}  // namespace keystile::policy
