#include <algorithm>

#include "base/encoding.h"
#include "quorum/fields.h"
#include "quorum/hold_text.h"

namespace keystile::quorum {
namespace {

// "policy version" → "policy_version", "program's id" → "programs_id"
std::string member_name(std::string_view label) {
  std::string name(label);
  std::erase(name, '\'');
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

class Writer {
 public:
  void text(std::string_view label, const std::string& value, Need) {
    if (!value.empty()) set(label, value);
  }
  void number(std::string_view label, uint64_t value) { set(label, value); }
  void hash(std::string_view label, const std::string& value) { set(label, value); }
  void amount(std::string_view label, const Decimal& value) { set(label, value); }
  void value(std::string_view label, const std::optional<Worth>& worth) {
    if (worth) set(label, worth->amount.str() + " " + worth->currency);
  }
  void time(std::string_view label, WallTime value) { set(label, iso8601(value)); }
  void choice(std::string_view label, bool value, std::string_view if_true,
              std::string_view if_false) {
    set(label, value ? if_true : if_false);
  }
  void hold(std::string_view label, const PolicyChange& change) {
    if (change.hold) set(label, hold_text(change));
  }
  void target(std::string_view label, const FreezeTarget& value) { set(label, to_string(value)); }
  void list(std::string_view label, const std::vector<std::string>& values) {
    set(label, json::Array(values.begin(), values.end()));
  }
  void asker(std::string_view label, const Asker& value) { set(label, to_string(value)); }
  void action(std::string_view label, const Proposal& proposal) {
    set(label, to_string(proposal.action()));
  }

  json::Value take() { return json::Value(std::move(members_)); }

 private:
  void set(std::string_view label, json::Value value) {
    members_.push_back({member_name(label), std::move(value)});
  }
  json::Object members_;
};

Facts facts_of(Action action) {
  switch (action) {
    case Action::kWithdraw:
      return Withdrawal{};
    case Action::kTransfer:
      return Transfer{};
    case Action::kPolicy:
      return PolicyChange{};
    case Action::kApprovers: {
      PolicyChange change;
      change.touches_approvers = true;
      return change;
    }
    case Action::kUnfreeze:
      return Unfreeze{};
  }
  return Withdrawal{};
}

// Takes what it understands. read_proposal() then compares: what it did not is noticed there.
class Reader {
 public:
  explicit Reader(const json::Value& json) : json_(json) {}

  void text(std::string_view label, std::string& value, Need) { value = get(label); }
  void number(std::string_view label, uint64_t& value) {
    value = parse_uint64(get(label)).value_or(0);
  }
  void hash(std::string_view label, std::string& value) { value = get(label); }
  void amount(std::string_view label, Decimal& value) {
    value = Decimal::parse(get(label)).value_or(Decimal{});
  }
  void value(std::string_view label, std::optional<Worth>& worth) {
    const std::string_view text = get(label);
    const size_t space = text.find(' ');
    if (space == text.npos) return;
    const auto amount = Decimal::parse(text.substr(0, space));
    if (amount) worth = Worth{*amount, std::string(text.substr(space + 1))};
  }
  void time(std::string_view label, WallTime& value) {
    value = parse_iso8601(get(label)).value_or(WallTime{});
  }
  void choice(std::string_view label, bool& value, std::string_view if_true, std::string_view) {
    value = get(label) == if_true;
  }
  void hold(std::string_view label, PolicyChange& change) {
    if (json_.find(member_name(label))) return read_hold(get(label), &change);
    change.hold.reset();
    change.widens_withdrawals = change.widens;
  }
  void target(std::string_view label, FreezeTarget& value) {
    value = parse_freeze_target(get(label)).value_or(FreezeTarget{});
  }
  void list(std::string_view label, std::vector<std::string>& values) {
    const json::Value* found = json_.find(member_name(label));
    if (!found || !found->if_array()) return;
    for (const json::Value& each : *found->if_array()) values.emplace_back(each.text());
  }
  void asker(std::string_view label, Asker& value) {
    value = parse_asker(get(label)).value_or(Asker{});
  }
  void action(std::string_view label, Proposal& proposal) {
    if (const auto action = policy::parse_action(get(label))) proposal.facts = facts_of(*action);
  }

 private:
  std::string_view get(std::string_view label) { return json_.text(member_name(label)); }
  const json::Value& json_;
};

}  // namespace

json::Value to_json(const Proposal& proposal) {
  Writer writer;
  visit(writer, proposal);
  return writer.take();
}

Result<Proposal> read_proposal(const json::Value& json) {
  Proposal proposal;
  Reader reader(json);
  visit(reader, proposal);
  if (json::dump(to_json(proposal)) != json::dump(json) || !check(proposal)) {
    return fail("ledger.entry", "a proposal in the ledger holds what this version cannot show",
                ErrorClass::kFatal);
  }
  return proposal;
}

}  // namespace keystile::quorum
