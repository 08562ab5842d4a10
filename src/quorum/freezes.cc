#include "quorum/freezes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/utf8.h"
#include "quorum/plain_text.h"
#include "quorum/proposals.h"

namespace keystile::quorum {
namespace {

using Kind = FreezeTarget::Kind;

bool is_beside(const policy::Account& account, const Transfer& facts) {
  return account.exchange == facts.exchange && account.environment == facts.environment;
}

// Binance's names of accounts are mail addresses, which it may read in either case.
bool is_known_as(const policy::Account& account, std::string_view name) {
  return !account.known_as.empty() && to_lower_ascii(account.known_as) == to_lower_ascii(name);
}

// Whether one end of the transfer is, or may be, this account: by the name that the policy knows it
// by at the exchange; where the policy has no such name, or the account no more, by any name that
// is none of the others'.
bool may_be_end(const std::string& frozen, const Transfer& facts,
                std::span<const policy::Account> accounts) {
  const auto found = std::find_if(accounts.begin(), accounts.end(),
                                  [&](const auto& each) { return each.name == frozen; });
  const policy::Account* account = found == accounts.end() ? nullptr : &*found;
  if (account && !is_beside(*account, facts)) return false;
  for (const std::string& end : {facts.from_account, facts.to_account}) {
    if (end.empty()) continue;
    if (account && !account->known_as.empty()) {
      if (is_known_as(*account, end)) return true;
      continue;
    }
    const bool is_anothers = std::any_of(accounts.begin(), accounts.end(), [&](const auto& each) {
      return is_beside(each, facts) && is_known_as(each, end);
    });
    if (!is_anothers) return true;
  }
  return false;
}

}  // namespace

Status check_said(const std::string& text) {
  constexpr size_t kMost = 300;
  if (!text.empty() && text.size() <= kMost && is_utf8(text)) return {};
  return fail("freeze.reason", fmt::format("say who you are and why, each in up to {} bytes of "
                                           "UTF-8: others decide by it how it goes on",
                                           kMost));
}

Result<const Freeze*> Freezes::find(uint64_t id) const {
  const auto at = in_force_.find(id);
  if (at != in_force_.end()) return &at->second;
  const auto past = lifted_.find(id);
  if (past == lifted_.end()) {
    return fail("freeze.missing",
                fmt::format("there is no freeze {}: `keystile freeze --list` has them", id));
  }
  return fail("freeze.lifted",
              fmt::format("freeze {} was lifted at {} by {}", id, iso8601(past->second.at),
                          plain_text(past->second.how.by)));
}

bool Freezes::was_lifted_by(uint64_t id, uint64_t proposal) const {
  const auto past = lifted_.find(id);
  return past != lifted_.end() && past->second.how.proposal == proposal;
}

Status Freezes::check_begun(const Freeze& freeze) const {
  KS_CHECK(check_said(freeze.reason));
  KS_CHECK(check_said(freeze.by));
  if (freeze.id != next_id()) {
    return fail("freeze.id", fmt::format("the next freeze is {}", next_id()));
  }
  if (const Freeze* earlier = of(freeze.target)) return fail("freeze.target", to_string(*earlier));
  return {};
}

Status Freezes::check_lifted(const Lifted& lifted, const Proposals& proposals,
                             const InForce& in_force) const {
  KS_CHECK(check_said(lifted.reason));
  KS_CHECK(check_said(lifted.by));
  KS_TRY(const Freeze* freeze, find(lifted.id));
  if (lifted.proposal == 0) {
    if (in_force.quorums.empty() && lifted.target == freeze->target) return {};
    return fail("freeze.people",
                fmt::format("freeze {} ends by a proposal that people approve: an approver asks "
                            "with `keystile unfreeze {}`",
                            lifted.id, lifted.id));
  }
  const Case* one = proposals.find(lifted.proposal);
  const auto* approved = one ? std::get_if<Unfreeze>(&one->proposal.facts) : nullptr;
  const bool is_it = approved && one->state == State::kExecuting && approved->freeze == *freeze &&
                     lifted.target == freeze->target && lifted.reason == approved->reason &&
                     lifted.by == to_string(one->proposal.asker);
  if (is_it) return {};
  return fail("freeze.proposal",
              fmt::format("proposal {} does not lift freeze {} now", lifted.proposal, lifted.id));
}

Status Freezes::check(const FreezeEvent& event, const Proposals& proposals,
                      const InForce& in_force) const {
  if (const auto* begun = std::get_if<Begun>(&event)) return check_begun(begun->freeze);
  return check_lifted(std::get<Lifted>(event), proposals, in_force);
}

Status Freezes::apply(WallTime time, const FreezeEvent& event, const Proposals& proposals,
                      const InForce& in_force) {
  KS_CHECK(check(event, proposals, in_force));
  trust(time, event);
  return {};
}

void Freezes::trust(WallTime time, const FreezeEvent& event) {
  if (const auto* begun = std::get_if<Begun>(&event)) {
    last_ = std::max(last_, begun->freeze.id);
    Freeze& freeze = in_force_[begun->freeze.id] = begun->freeze;
    freeze.since = time;
  } else {
    const Lifted& lifted = std::get<Lifted>(event);
    in_force_.erase(lifted.id);
    lifted_[lifted.id] = {lifted, time};
  }
}

const Freeze* Freezes::of(const FreezeTarget& target) const {
  const auto at = std::find_if(in_force_.begin(), in_force_.end(),
                               [&](const auto& each) { return each.second.target == target; });
  return at == in_force_.end() ? nullptr : &at->second;
}

const Freeze* Freezes::of_client(const std::string& name) const {
  return in_force_.empty() ? nullptr : of({Kind::kClient, name});
}

const Freeze* Freezes::of_account(const std::string& name) const {
  if (in_force_.empty()) return nullptr;
  const Freeze* all = of({Kind::kAll, ""});
  return all ? all : of({Kind::kAccount, name});
}

const Freeze* Freezes::stops(const Facts& facts, std::span<const policy::Account> accounts) const {
  const auto moved = moved_by(facts);
  if (!moved || in_force_.empty()) return nullptr;
  if (const Freeze* its_own = of_account(moved->account)) return its_own;
  const auto* transfer = std::get_if<Transfer>(&facts);
  if (!transfer) return nullptr;
  for (const auto& [id, freeze] : in_force_) {
    const bool is_account = freeze.target.kind == Kind::kAccount;
    if (is_account && may_be_end(freeze.target.name, *transfer, accounts)) return &freeze;
  }
  return nullptr;
}

const Freeze* Freezes::stops(const Proposal& proposal,
                             std::span<const policy::Account> accounts) const {
  const bool by_program = proposal.asker.kind == Asker::Kind::kClient;
  if (!moved_by(proposal.facts)) return nullptr;
  const Freeze* asker = by_program ? of_client(proposal.asker.name) : nullptr;
  return asker ? asker : stops(proposal.facts, accounts);
}

}  // namespace keystile::quorum
