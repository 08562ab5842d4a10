#include "quorum/proposals.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "quorum/plain_text.h"
#include "quorum/policy_change.h"
#include "quorum/withdrawals.h"

namespace keystile::quorum {
namespace {

using policy::Rule;

// For an action that the policy has no quorum for any more: what is open can be stopped only.
const Rule kNobody{};

const Rule& rule_of(const Proposal& proposal, const InForce& in_force) {
  const Rule* rule = in_force.rule_for(proposal);
  return rule ? *rule : kNobody;
}

bool is_decided(State state) { return state == State::kApproved || state == State::kHeld; }
bool is_waiting(State state) { return state == State::kProposed || is_decided(state); }

bool leads(State from, State to) {
  switch (to) {
    case State::kProposed:
    case State::kExecuting:
      return is_decided(from);
    case State::kApproved:
      return from == State::kProposed;
    case State::kHeld:
      return from == State::kApproved;
    case State::kRejected:
    case State::kExpired:
    case State::kCancelled:
      return is_waiting(from);
    case State::kUnknown:
      return from == State::kExecuting;
    case State::kDone:
    case State::kFailed:
      return from == State::kExecuting || from == State::kUnknown;
  }
  return false;
}

tl::unexpected<Error> refuse(std::string_view rule, const Case& one, std::string_view what) {
  return fail(fmt::format("proposal.{}", rule),
              fmt::format("proposal {} ({}) {}", one.proposal.id, to_string(one.state), what));
}

// What an executor has begun may lie with it for long, frozen: until it has left people can stop
// it.
bool takes(const Case& one, Decision decision) {
  const bool may_stop = one.state == State::kExecuting && moved_by(one.proposal.facts);
  return one.is_waiting() || (may_stop && decision == Decision::kReject);
}

Millis hold_of(const Case& one, const Rule& rule) { return hold_of(one.proposal.facts, rule); }

// As long as people had to approve it, it may be executed; what lay longer nobody has in mind now.
bool has_lapsed(const Case& one, WallTime now, Millis hold, const Rule& rule) {
  return now >= one.approved + hold + rule.open_for;
}

tl::unexpected<Error> refuse_frozen(const Freeze& freeze) {
  return fail("proposal.frozen", fmt::format("{}; `keystile unfreeze {}` asks people to end that",
                                             to_string(freeze), freeze.id));
}

// What people read of a freeze must be what it is.
Status check_unfreeze(const Proposal& proposal, const InForce& in_force) {
  const auto* facts = std::get_if<Unfreeze>(&proposal.facts);
  if (!facts) return {};
  if (!in_force.freezes) return fail("proposal.freeze", "no freeze is known");
  KS_CHECK(check_said(facts->reason));
  KS_TRY(const Freeze* freeze, in_force.freezes->find(facts->freeze.id));
  if (facts->freeze == *freeze) return {};
  return fail("proposal.freeze", fmt::format("that is not what freeze {} is", freeze->id));
}

Status check_hold(const Case& one, const Step& step, const Rule& rule) {
  if (hold_of(one, rule) <= Millis{0}) return {};
  if (!one.held || !step.clocks) return refuse("hold", one, "has not begun its hold");
  const auto waited = elapsed(*one.held, *step.clocks);
  if (!waited) {
    return refuse("hold", one,
                  "cannot end its hold: no exchange's clock is known both now and from its "
                  "beginning, and the machine's own is not enough");
  }
  if (*waited >= hold_of(one, rule)) return {};
  return refuse(
      "hold", one,
      fmt::format("must wait {} s more",
                  std::chrono::ceil<std::chrono::seconds>(hold_of(one, rule) - *waited).count()));
}

Status check_executing(const Case& one, const Step& step, WallTime now, Tally::State counted,
                       const Rule& rule, const InForce& in_force) {
  if (counted != Tally::State::kApproved) {
    return refuse("no_quorum", one, "lacks approvals that count now");
  }
  if (has_lapsed(one, now, hold_of(one, rule), rule)) {
    return refuse("lapsed", one, "was approved too long ago: propose it again");
  }
  if (const Freeze* freeze = in_force.stops(one.proposal)) return refuse_frozen(*freeze);
  return check_hold(one, step, rule);
}

// What ends an unknown one, once people agree.
std::optional<Step> resolution_of(const Case& one, const InForce& in_force) {
  const auto what =
      agreed(one.proposal, rule_of(one.proposal, in_force), in_force.approvers, one.resolutions);
  if (!what) return std::nullopt;
  if (!what->is_sent()) {
    return Step{one.proposal.id, State::kFailed, "people found that it was not sent", {}};
  }
  return Step{one.proposal.id,
              State::kDone,
              detail_with_id(what->exchange_id, "people found that it was sent"),
              {}};
}

// What would make the ledger unreadable, for machines or for people.
bool is_readable(std::string_view detail) {
  constexpr size_t kMaxDetail = 1000;
  return detail.size() <= kMaxDetail && is_utf8(detail);
}

Status check_agreed(const Case& one, const Step& step, const InForce& in_force) {
  const auto due = resolution_of(one, in_force);
  if (due && due->to == step.to && due->detail == step.detail) return {};
  return refuse("unresolved", one,
                fmt::format("cannot become {}: not enough people say so, or not all of them",
                            to_string(step.to)));
}

// What no price can make another request.
Facts asked(const Proposal& proposal) {
  Facts facts = proposal.facts;
  if (auto* withdrawal = std::get_if<Withdrawal>(&facts)) {
    withdrawal->value.reset();
    withdrawal->address_name.clear();
  } else if (auto* transfer = std::get_if<Transfer>(&facts)) {
    transfer->value.reset();
  }
  return facts;
}

std::optional<Decimal> value_in(const Proposal& proposal, std::string_view currency) {
  const auto* withdrawal = std::get_if<Withdrawal>(&proposal.facts);
  const auto* transfer = std::get_if<Transfer>(&proposal.facts);
  const std::optional<Worth> worth = withdrawal ? withdrawal->value
                                     : transfer ? transfer->value
                                                : std::nullopt;
  return worth && worth->currency == currency ? std::optional(worth->amount) : std::nullopt;
}

}  // namespace

const Rule* InForce::rule_for(const Proposal& proposal) const {
  const policy::Quorum* quorum = policy::quorum_for(quorums, proposal.action());
  return quorum ? quorum->rule_for(value_in(proposal, currency)) : nullptr;
}

const Freeze* InForce::stops(const Proposal& proposal) const {
  return freezes ? freezes->stops(proposal, accounts) : nullptr;
}

bool Case::is_waiting() const { return quorum::is_waiting(state); }

Tally tally_of(const Case& one, WallTime now, const InForce& in_force) {
  return tally(one.proposal, rule_of(one.proposal, in_force), in_force.approvers, one.signatures,
               now);
}

bool asks_same(const Proposal& a, const Proposal& b) { return asked(a) == asked(b); }

Status Proposals::check_new(const Proposal& proposal, const InForce& in_force) const {
  KS_CHECK(quorum::check(proposal));
  if (find(proposal.id)) {
    return fail("proposal.repeated", fmt::format("there is a proposal {} already", proposal.id));
  }
  if (const Case* earlier = find_own(proposal)) {
    return fail("proposal.own_id",
                fmt::format("this id of its own the program has used before, for "
                            "proposal {}: give another",
                            earlier->proposal.id));
  }
  if (proposal.policy_version != in_force.version || proposal.policy_hash != in_force.hash) {
    return fail("proposal.policy", "it was made under another policy than the one in force");
  }
  if (!in_force.rule_for(proposal)) {
    return fail("proposal.no_rule",
                fmt::format("the policy has no quorum for {}: add one, so that it can be approved",
                            policy::to_string(proposal.action())));
  }
  if (const Freeze* freeze = in_force.stops(proposal)) return refuse_frozen(*freeze);
  return check_unfreeze(proposal, in_force);
}

Status Proposals::check_signed(const Case& one, const Signed& event, WallTime now,
                               const InForce& in_force) const {
  if (!takes(one, event.decision)) {
    return refuse("state", one,
                  event.decision == Decision::kApprove ? "can no longer be approved"
                                                       : "can no longer be rejected");
  }
  Case with = one;
  with.signatures.push_back({event.decision, event.signature, now});
  auto ignored = tally_of(with, now, in_force).judged.back().ignored;
  if (ignored) return tl::unexpected<Error>(std::move(*ignored));
  return {};
}

Status Proposals::check_resolved(const Case& one, const Resolved& event,
                                 const InForce& in_force) const {
  constexpr size_t kMostResolutions = 100, kMostByOne = 5;  // no key alone fills the disk
  // More may say what was agreed: an executor that knows a higher value asks for more people.
  const bool agrees = one.resolution && *one.resolution == event.what;
  if (one.state != State::kUnknown && !agrees) {
    return refuse("state", one, "has nothing to be resolved");
  }
  if (one.resolutions.size() >= kMostResolutions) {
    return refuse("state", one, "was resolved in too many ways already");
  }
  const Rule& rule = rule_of(one.proposal, in_force);
  KS_TRY(const policy::Approver* by, judge(one.proposal, rule, in_force.approvers, event));
  size_t by_same = 0;
  for (const Resolved& earlier : one.resolutions) {
    const auto who = judge(one.proposal, rule, in_force.approvers, earlier);
    if (!who || *who != by) continue;
    ++by_same;
    // Else whoever can read the ledger could bring back what its signer has taken back.
    if (earlier.what == event.what) {
      return refuse("state", one,
                    "was resolved so by the same person before: a word that was taken "
                    "back is not given again");
    }
  }
  if (by_same >= kMostByOne) return refuse("state", one, "was resolved too often by that person");
  return {};
}

// The other proposal that is already that one of the exchange's, by whoever said so.
const Case* Proposals::find_sent_as(const Proposal& but, std::string_view exchange_id) const {
  const auto moved = moved_by(but.facts);
  if (!moved || exchange_id.empty()) return nullptr;
  for (const auto& [id, other] : cases_) {
    const auto there = moved_by(other.proposal.facts);
    if (id != but.id && there && other.proposal.action() == but.action() &&
        there->environment == moved->environment && there->exchange == moved->exchange &&
        quorum::exchange_id(other.detail) == exchange_id) {
      return &other;
    }
  }
  return nullptr;
}

Status Proposals::check_step(const Case& one, const Step& step, WallTime now,
                             const InForce& in_force) const {
  if (!leads(one.state, step.to)) {
    return refuse("state", one, fmt::format("cannot become {}", to_string(step.to)));
  }
  if (!is_readable(step.detail))
    return refuse("detail", one, "has a detail that is long or no UTF-8");
  const Rule& rule = rule_of(one.proposal, in_force);
  const Tally::State counted = tally_of(one, now, in_force).state;
  const auto demand = [&](bool holds) -> Status {
    if (holds) return {};
    return refuse("tally", one,
                  fmt::format("cannot become {}: by its signatures it is {}", to_string(step.to),
                              to_string(counted)));
  };
  switch (step.to) {
    case State::kProposed:
      return demand(counted == Tally::State::kOpen || counted == Tally::State::kExpired);
    case State::kRejected:
      return demand(counted == Tally::State::kRejected);
    case State::kExpired:
      return demand(is_decided(one.state)
                        ? has_lapsed(one, now, hold_in_its_day(one.proposal.facts, rule), rule)
                        : counted == Tally::State::kExpired);
    case State::kApproved:
      if (counted == Tally::State::kApproved) return {};
      return refuse("no_quorum", one, "lacks approvals");
    case State::kHeld:
      if (hold_of(one, rule) > Millis{0} && step.clocks && !step.clocks->exchanges.empty())
        return {};
      return refuse("hold", one,
                    "cannot begin a hold: there is none, or no exchange's clock is known");
    case State::kExecuting:
      return check_executing(one, step, now, counted, rule, in_force);
    case State::kDone:
    case State::kFailed:
      return one.state == State::kUnknown ? check_agreed(one, step, in_force) : Status();
    case State::kCancelled:
    case State::kUnknown:
      return {};
  }
  return {};
}

// One of the exchange's is no two proposals'.
Status Proposals::check_sent_as(const Event& event) const {
  const Case* one = find(id_of(event));
  if (!one) return {};
  std::string sent_as;
  if (const auto* resolved = std::get_if<Resolved>(&event)) {
    sent_as = resolved->what.exchange_id;
  } else if (const auto* step = std::get_if<Step>(&event); step && one->state == State::kUnknown) {
    sent_as = exchange_id(step->detail);
  }
  const Case* other = find_sent_as(one->proposal, sent_as);
  if (!other) return {};
  return refuse(
      "state", *one,
      fmt::format("cannot have been sent as {}: proposal {} was", sent_as, other->proposal.id));
}

Status Proposals::check(const Event& event, WallTime now, const InForce& in_force) const {
  KS_CHECK(check_in_its_day(event, now, in_force));
  return check_sent_as(event);
}

Status Proposals::check_in_its_day(const Event& event, WallTime now,
                                   const InForce& in_force) const {
  if (const auto* proposed = std::get_if<Proposed>(&event)) {
    return check_new(proposed->proposal, in_force);
  }
  const Case* one = find(id_of(event));
  if (!one) return fail("proposal.missing", fmt::format("there is no proposal {}", id_of(event)));
  if (const auto* one_signed = std::get_if<Signed>(&event)) {
    return check_signed(*one, *one_signed, now, in_force);
  }
  if (const auto* resolved = std::get_if<Resolved>(&event)) {
    return check_resolved(*one, *resolved, in_force);
  }
  return check_step(*one, std::get<Step>(event), now, in_force);
}

Status Proposals::apply(uint64_t index, WallTime time, const Event& event,
                        const InForce& in_force) {
  KS_CHECK(check(event, time, in_force));
  take(index, time, event);
  return {};
}

void Proposals::take(uint64_t index, WallTime time, const Event& event) {
  Case& one = cases_[id_of(event)];
  one.entries.push_back(index);
  one.updated = time;
  if (const auto* proposed = std::get_if<Proposed>(&event)) {
    one.proposal = proposed->proposal;
    if (auto own = own_id(one.proposal)) own_ids_[std::move(*own)] = one.proposal.id;
  } else if (const auto* one_signed = std::get_if<Signed>(&event)) {
    one.signatures.push_back({one_signed->decision, one_signed->signature, time});
  } else if (const auto* resolved = std::get_if<Resolved>(&event)) {
    one.resolutions.push_back(*resolved);
  } else {
    const Step& step = std::get<Step>(event);
    if (one.state == State::kUnknown) {
      one.resolution = Resolution{step.to == State::kDone ? exchange_id(step.detail) : ""};
    }
    one.state = step.to;
    one.detail = step.detail;
    if (step.to == State::kProposed) one.held.reset();
    if (step.to == State::kApproved) one.approved = time;
    if (step.to == State::kHeld) one.held = step.clocks;
    if (step.to == State::kExecuting) one.begun = time;
  }
}

Status Proposals::replay(uint64_t index, WallTime time, Event event, const InForce& in_force) {
  auto* step = std::get_if<Step>(&event);
  const Case* one = step && step->to == State::kExecuting ? find(step->id) : nullptr;
  if (one && step->clocks) {
    const Rule& rule = rule_of(one->proposal, in_force);
    const Millis more = hold_of(*one, rule) - hold_in_its_day(one->proposal.facts, rule);
    step->clocks = later(std::move(*step->clocks), more);
  }
  KS_CHECK(check_in_its_day(event, time, in_force));
  take(index, time, event);
  return {};
}

std::optional<Step> Proposals::due(const Case& one, const Clocks& clocks,
                                   const InForce& in_force) const {
  if (one.state == State::kUnknown) {
    // It may have turned out to be another's since people said so.
    auto end = resolution_of(one, in_force);
    return end && check_sent_as(*end) ? end : std::nullopt;
  }
  if (!one.is_waiting()) return std::nullopt;
  const auto to = [&](State state) { return Step{one.proposal.id, state, "", std::nullopt}; };
  const Rule& rule = rule_of(one.proposal, in_force);
  switch (tally_of(one, clocks.wall, in_force).state) {
    case Tally::State::kRejected:
      return to(State::kRejected);
    case Tally::State::kOpen:
      return is_decided(one.state) ? std::optional(to(State::kProposed)) : std::nullopt;
    case Tally::State::kExpired:
      return to(is_decided(one.state) ? State::kProposed : State::kExpired);
    case Tally::State::kApproved:
      break;
  }
  if (one.state == State::kProposed) return to(State::kApproved);
  if (has_lapsed(one, clocks.wall, hold_of(one, rule), rule)) return to(State::kExpired);
  if (one.state == State::kApproved && hold_of(one, rule) > Millis{0} &&
      !clocks.exchanges.empty()) {
    return Step{one.proposal.id, State::kHeld, "", clocks};
  }
  return std::nullopt;
}

uint64_t Proposals::next_id(WallTime now) const {
  const auto by_time = static_cast<uint64_t>(std::max<int64_t>(epoch_ms(now), 1));
  return cases_.empty() ? by_time : std::max(by_time, cases_.rbegin()->first + 1);
}

const Case* Proposals::find(uint64_t id) const {
  const auto at = cases_.find(id);
  return at == cases_.end() ? nullptr : &at->second;
}

const Case* Proposals::find_own(const Proposal& proposal) const {
  const auto own = own_id(proposal);
  const auto at = own ? own_ids_.find(*own) : own_ids_.end();
  return at == own_ids_.end() ? nullptr : find(at->second);
}

std::optional<Proposals::OwnId> Proposals::own_id(const Proposal& proposal) {
  const auto of = [&](const auto& facts) -> std::optional<OwnId> {
    if (facts.own_id.empty()) return std::nullopt;
    return OwnId{to_string(proposal.asker), proposal.action(), facts.account, facts.own_id};
  };
  if (const auto* withdrawal = std::get_if<Withdrawal>(&proposal.facts)) return of(*withdrawal);
  if (const auto* transfer = std::get_if<Transfer>(&proposal.facts)) return of(*transfer);
  return std::nullopt;
}

}  // namespace keystile::quorum
