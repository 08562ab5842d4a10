#include "quorum/proposal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "quorum/approval_text.h"
#include "quorum/fields.h"
#include "quorum/hold_text.h"
#include "quorum/plain_text.h"

namespace keystile::quorum {
namespace {

// A person reads it whole, and it fits into a ledger entry however much of it is escaped there.
constexpr size_t kMaxText = 16384;

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

class Checker {
 public:
  void text(std::string_view label, const std::string& value, Need need) {
    if (need == Need::kRequired && value.empty()) refuse(label, "is missing");
    if (!is_utf8(value)) refuse(label, "is not UTF-8");
  }
  void number(std::string_view label, uint64_t value) {
    if (value == 0 || value > kMaxProposalId) refuse(label, "must be from 1 to 2^53 - 1");
  }
  void hash(std::string_view label, const std::string& value) {
    if (!is_hash(value)) refuse(label, "must be 64 lower-case hex digits");
  }
  void amount(std::string_view label, const Decimal& value) {
    if (!value.is_positive()) refuse(label, "must be above zero");
  }
  void value(std::string_view label, const std::optional<Worth>& worth) {
    if (worth && worth->amount.is_negative()) refuse(label, "must not be negative");
    if (worth && !is_word(worth->currency)) refuse(label, "has no currency");
  }
  void time(std::string_view label, WallTime value) {
    const auto again = parse_iso8601(iso8601(value));
    if (!again || *again != value) refuse(label, "is out of range");
  }
  void choice(std::string_view, bool, std::string_view, std::string_view) {}
  void hold(std::string_view label, const PolicyChange& change) {
    if (!change.hold) return;
    PolicyChange read;
    read_hold(hold_text(change), &read);
    if (*change.hold < Millis{0} || read.hold != change.hold) refuse(label, "is no time to wait");
    if (change.widens) return;
    if (change.widens_withdrawals || *change.hold > Millis{0}) {
      refuse(label, "must be none where nothing more is allowed");
    }
  }
  void target(std::string_view label, const FreezeTarget& value) {
    const bool is_all = value.kind == FreezeTarget::Kind::kAll;
    if (is_all ? !value.name.empty() : !is_word(value.name)) refuse(label, "names nothing");
  }
  void list(std::string_view label, const std::vector<std::string>& values) {
    if (values.empty()) refuse(label, "is missing");
    for (const std::string& value : values) text(label, value, Need::kRequired);
  }
  void asker(std::string_view label, const Asker& value) {
    if (!is_word(value.name)) refuse(label, "has no name, or one with spaces");
    const bool has_key = value.key.starts_with("SHA256:") && is_word(value.key);
    if (value.kind == Asker::Kind::kPerson ? !has_key : !value.key.empty()) {
      refuse(label, "must be a person with the key that they asked with, or nobody with a key");
    }
  }
  void action(std::string_view, const Proposal&) {}

  void refuse(std::string_view label, std::string_view why) {
    if (status_) {
      status_ =
          fail("proposal.invalid", fmt::format("this cannot be proposed: \"{}\" {}", label, why));
    }
  }
  Status take() { return std::move(status_); }

 private:
  Status status_;
};

constexpr struct {
  Asker::Kind kind;
  std::string_view name;
} kAskers[] = {{Asker::Kind::kClient, "client"},
               {Asker::Kind::kPerson, "person"},
               {Asker::Kind::kRule, "rule"}};

struct ActionOf {
  Action operator()(const Withdrawal&) const { return Action::kWithdraw; }
  Action operator()(const Transfer&) const { return Action::kTransfer; }
  Action operator()(const PolicyChange& change) const {
    return change.touches_approvers ? Action::kApprovers : Action::kPolicy;
  }
  Action operator()(const Unfreeze&) const { return Action::kUnfreeze; }
};

}  // namespace

Action Proposal::action() const { return std::visit(ActionOf{}, facts); }

Moved::Moved(const Withdrawal& facts)
    : account(facts.account),
      exchange(facts.exchange),
      environment(facts.environment),
      asset(facts.asset),
      amount(facts.amount),
      value(facts.value) {}

Moved::Moved(const Transfer& facts)
    : account(facts.account),
      exchange(facts.exchange),
      environment(facts.environment),
      asset(facts.asset),
      amount(facts.amount),
      value(facts.value) {}

std::optional<Moved> moved_by(const Facts& facts) {
  if (const auto* withdrawal = std::get_if<Withdrawal>(&facts)) return Moved(*withdrawal);
  if (const auto* transfer = std::get_if<Transfer>(&facts)) return Moved(*transfer);
  return std::nullopt;
}

std::string to_string(const Asker& asker) {
  for (const auto& each : kAskers) {
    if (each.kind != asker.kind) continue;
    return fmt::format("{} {}{}{}", each.name, asker.name, asker.key.empty() ? "" : " ", asker.key);
  }
  return "unknown";
}

std::optional<Asker> parse_asker(std::string_view text) {
  for (const auto& each : kAskers) {
    if (!text.starts_with(each.name) || text.substr(each.name.size(), 1) != " ") continue;
    const std::string_view rest = text.substr(each.name.size() + 1);
    const size_t space = std::min(rest.find(' '), rest.size());
    const std::string_view key = rest.substr(std::min(space + 1, rest.size()));
    return Asker{each.kind, std::string(rest.substr(0, space)), std::string(key)};
  }
  return std::nullopt;
}

Status check(const Proposal& proposal) {
  Checker checker;
  visit(checker, proposal);
  if (proposal.expires <= proposal.created) checker.refuse("expires", "is not after its creation");
  if (approval_text(proposal, Decision::kApprove).size() > kMaxText) {
    checker.refuse("action", "has more to say than a person can read; propose it in parts");
  }
  return checker.take();
}

}  // namespace keystile::quorum
