#include "executor/chain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "executor/permission.h"
#include "executor/transfer_permission.h"
#include "executor/value.h"
#include "quorum/events.h"
#include "quorum/policy_change.h"

namespace keystile::executor {
namespace {

using quorum::State;

constexpr std::string_view kAdopted = "policy.adopted";

tl::unexpected<Error> unproven(const Line& line, std::string_view what) {
  return fail("executor.adopted",
              fmt::format("entry {} puts a policy in force that {}. Nothing is sent any more: find "
                          "out who wrote it",
                          line.index, what),
              ErrorClass::kFatal);
}

tl::unexpected<Error> illegal(const Line& line, const Error& error) {
  return fail("executor.entry",
              fmt::format("entry {} of the realm's ledger cannot stand there ({}): {}", line.index,
                          error.code, error.message),
              ErrorClass::kFatal);
}

// So much two clocks may differ that are both kept.
constexpr Millis kSkew = std::chrono::minutes{5};

tl::unexpected<Error> too_late(const Line& line, uint64_t id) {
  return fail("executor.late",
              fmt::format("entry {} carries out proposal {}, which by this executor's clock was "
                          "approved after it had expired, or too long ago. Nothing is sent any "
                          "more: find out who approved it, and when; docs/executor.md says how to "
                          "go on if that was in time",
                          line.index, id),
              ErrorClass::kFatal);
}

bool is_adoption(const Line& line) { return line.entry.text("type") == kAdopted; }

// That an adoption names; 0: none.
uint64_t proposal_of(const Line& line) {
  return parse_uint64(line.entry.text("proposal")).value_or(0);
}

}  // namespace

quorum::InForce Chain::in_force() const {
  return {version_,         hash_,    policy_.currency, policy_.approvers, policy_.quorums,
          policy_.accounts, &freezes_};
}

std::optional<std::string> Chain::needs(const Line& line) const {
  const std::string hash(line.entry.text("hash"));
  if (!is_adoption(line) || (version_ == 0 && hash != pinned_) || provided_.contains(hash)) {
    return std::nullopt;
  }
  return hash;
}

Status Chain::provide(const policy::Bundle& bundle) {
  policy::Loaded loaded = policy::load(bundle);
  if (!loaded.ok()) {
    return fail("executor.policy",
                "this version of Keystile refuses a policy of the realm: " +
                    to_string(loaded.findings.front()),
                ErrorClass::kFatal);
  }
  provided_.insert_or_assign(bundle.hash(), std::move(loaded.policy));
  return {};
}

Result<Chain::Taken> Chain::take(const Line& line, const Seen& now, From from) {
  if (is_adoption(line)) return take_adoption(line, now, from);
  const auto freeze = quorum::read_freeze_event(line.entry);
  if (!freeze) return illegal(line, freeze.error());
  if (*freeze) return take_freeze(line, **freeze, now, from);
  auto read = quorum::read_event(line.entry);
  if (!read) return illegal(line, read.error());
  std::optional<quorum::Event> event = std::move(*read);
  if (!event) return Taken::kYes;
  return take_event(line, std::move(*event), now, from);
}

// What was lifted before the policy that is trusted, nobody here can judge.
Result<Chain::Taken> Chain::take_freeze(const Line& line, const quorum::FreezeEvent& event,
                                        const Seen& now, From from) {
  if (version_ == 0) {
    freezes_.trust(line.time, event);
    return Taken::kYes;
  }
  const Status applied = freezes_.apply(line.time, event, proposals_, in_force());
  if (!applied) return illegal(line, applied.error());
  const auto* lifted = std::get_if<quorum::Lifted>(&event);
  if (lifted && lifted->proposal != 0 && from == From::kRealm) {
    KS_CHECK(check_prompt(line, lifted->proposal, now));
  }
  return Taken::kYes;
}

Result<Chain::Taken> Chain::take_adoption(const Line& line, const Seen& now, From from) {
  const std::string hash(line.entry.text("hash"));
  if (version_ == 0 && hash != pinned_) return Taken::kYes;  // before what is trusted
  const auto given = provided_.find(hash);
  if (given == provided_.end()) return unproven(line, "has no text");
  if (version_ > 0) {
    KS_CHECK(check_next(line));
    // An earlier build may have read the plan otherwise; what it took then stays taken.
    if (from == From::kRealm) {
      KS_CHECK(check_adoption(line, given->second, now));
    }
  }
  const auto version = parse_uint64(line.entry.text("version"));
  if (!version || *version == 0) return unproven(line, "has no version");
  if (version_ == 0) {
    holds_.trust(given->second);
  } else if (!holds_.change(given->second, now.clocks)) {
    return Taken::kTooEarly;
  }
  version_ = *version;
  hash_ = hash;
  policy_ = std::move(given->second);
  provided_.erase(given);
  note_shared();
  return Taken::kYes;
}

// Policies come and go while one is on its way.
void Chain::note_shared() {
  for (const auto& [id, one] : proposals_.all()) {
    const auto* facts = std::get_if<quorum::Transfer>(&one.proposal.facts);
    const bool is_open = one.state == State::kExecuting || one.state == State::kUnknown;
    if (facts && is_open && may_go_without_people(policy_, *facts)) shared_.insert(id);
  }
}

Status Chain::check_next(const Line& line) const {
  if (line.entry.text("version") == std::to_string(version_ + 1)) return {};
  return unproven(line, fmt::format("is not the next one after version {}", version_));
}

Status Chain::check_adoption(const Line& line, const policy::Policy& next, const Seen& now) const {
  const auto change = quorum::policy_change(policy_, next, version_ + 1, "");
  if (!change.widens && !change.touches_approvers) return {};
  KS_CHECK(check_proposed(line, next));
  return check_prompt(line, proposal_of(line), now);
}

Status Chain::check_proposed(const Line& line, const policy::Policy& next) const {
  const auto* one = proposals_.find(proposal_of(line));
  if (!one) {
    return unproven(
        line,
        "allows more than before, as this version of Keystile reads it, and names no "
        "proposal (docs/executor.md says what to do where an earlier version wrote it)");
  }
  const auto* change = std::get_if<quorum::PolicyChange>(&one->proposal.facts);
  if (!change || change->version != version_ + 1 || change->hash != line.entry.text("hash")) {
    return unproven(line, fmt::format("is not what proposal {} says", one->proposal.id));
  }
  // People were asked under the policy that it then changed, and enough of them said yes: that was
  // checked when it came to this state.
  if (one->state != State::kExecuting || one->proposal.policy_hash != hash_) {
    return unproven(line, fmt::format("proposal {} does not allow now", one->proposal.id));
  }
  const auto real = quorum::policy_change(policy_, next, change->version, change->hash);
  if (quorum::tells(*change, real)) return {};
  return unproven(line, fmt::format("is not what proposal {} told people", one->proposal.id));
}

// Whether the proposal that the line carries out was approved, and is carried out, in time.
Status Chain::check_prompt(const Line& line, uint64_t id, const Seen& now) const {
  const quorum::Case& one = *proposals_.find(id);
  const policy::Rule* rule = in_force().rule_for(one.proposal);
  const auto approved = seen_.find({id, State::kApproved});
  if (!rule || approved == seen_.end()) return too_late(line, id);
  const Millis open_for = hold_of(one.proposal.facts, *rule) + rule->open_for;
  const bool in_time = approved->second.since < deadlines_.at(id) + kSkew &&
                       now.since < approved->second.clocks.wall + open_for + kSkew;
  return in_time ? Status() : too_late(line, id);
}

Result<Chain::Taken> Chain::take_event(const Line& line, quorum::Event event, const Seen& now,
                                       From from) {
  const uint64_t id = quorum::id_of(event);
  const auto* proposed = std::get_if<quorum::Proposed>(&event);
  if (version_ == 0 && proposed) before_us_.insert(id);
  if (version_ == 0 || before_us_.contains(id)) return Taken::kYes;
  if (proposed && proposed->proposal.realm != realm_) {
    return illegal(line, {"executor.realm", "the proposal is another realm's"});
  }
  auto* step = std::get_if<quorum::Step>(&event);
  // What begins now, a hold or the day of a limit, begins by clocks that nobody can turn alone.
  if (step && step->clocks && now.clocks.exchanges.empty()) return Taken::kTooEarly;
  const bool by_our_clocks = step && step->clocks && !is_ours(*step);
  if (by_our_clocks) step->clocks = now.clocks;
  Status applied = from == From::kOwnRecords
                       ? proposals_.replay(line.index, line.time, event, in_force())
                       : proposals_.apply(line.index, line.time, event, in_force());
  if (!applied && step && step->to == State::kExecuting &&
      applied.error().code == "proposal.hold") {
    if (by_our_clocks) return Taken::kTooEarly;
    if (end_hold(step)) applied = proposals_.apply(line.index, line.time, event, in_force());
  }
  if (!applied) return illegal(line, applied.error());
  if (step) seen_[{id, step->to}] = now;
  if (proposed) set_deadline(proposed->proposal, now.clocks.wall);
  if (step && step->to == State::kExecuting) note_shared();
  return Taken::kYes;
}

// Whoever wrote it may have let it expire in a hundred years.
void Chain::set_deadline(const quorum::Proposal& proposal, WallTime now) {
  deadlines_[proposal.id] =
      std::min(proposal.expires, now + in_force().rule_for(proposal)->open_for);
}

// A withdrawal was begun by an executor that saw its hold begin before us: our folder was put back,
// or there is a second one. Its attempt has another mark, so it is not ours to send.
bool Chain::end_hold(quorum::Step* step) const {
  const quorum::Case* one = proposals_.find(step->id);
  const policy::Rule* rule = one ? in_force().rule_for(one->proposal) : nullptr;
  if (!rule || !one->held) return false;
  step->clocks = quorum::later(*one->held, rule->hold);
  return true;
}

// The clocks of a withdrawal or transfer that begins are those that we have told the gate.
bool Chain::is_ours(const quorum::Step& step) const {
  const quorum::Case* one = proposals_.find(step.id);
  return step.to == State::kExecuting && one && moved_by(one->proposal.facts);
}

WallTime Chain::seen(uint64_t id, State state) const {
  const auto at = seen_.find({id, state});
  return at == seen_.end() ? WallTime{} : at->second.clocks.wall;
}

// By our own clocks, whatever the entries say.
Status Chain::check_waits(const quorum::Case& one, const policy::Rule* rule,
                          const quorum::Clocks& now) const {
  const uint64_t id = one.proposal.id;
  const WallTime approved = seen(id, State::kApproved);
  const bool in_time =
      rule && approved < deadlines_.at(id) && now.wall < approved + rule->hold + rule->open_for;
  if (!in_time) {
    return fail("executor.late",
                fmt::format("proposal {} was approved too late, or too long ago, by "
                            "our own clock: propose it again",
                            id));
  }
  if (rule->hold <= Millis{0}) return {};
  const auto waited = one.held ? quorum::elapsed(*one.held, now) : std::nullopt;
  if (waited && *waited >= rule->hold) return {};
  return fail("executor.hold", fmt::format("the hold of proposal {} is not over by our clocks", id),
              waited ? ErrorClass::kRefused : ErrorClass::kRetryable);
}

// It may wait long between its beginning and its sending. Who approves may be others by then, or
// have thought again.
Status Chain::check_people(const quorum::Case& one, WallTime now) const {
  const quorum::Tally::State counted = tally_of(one, now, in_force()).state;
  if (counted == quorum::Tally::State::kApproved) return {};
  if (counted == quorum::Tally::State::kRejected) {
    return fail("executor.rejected",
                fmt::format("proposal {} was rejected before it left", one.proposal.id));
  }
  return fail("executor.people",
              fmt::format("proposal {} lacks approvals that count by the policy in force now: "
                          "propose it again",
                          one.proposal.id));
}

Status Chain::check_frozen(const quorum::Case& one) const {
  const quorum::Freeze* freeze = in_force().stops(one.proposal);
  if (!freeze) return {};
  return fail("executor.frozen",
              fmt::format("proposal {} waits: {}", one.proposal.id, to_string(*freeze)),
              ErrorClass::kRetryable);
}

// People were asked by the tier of the value that the gate wrote down. Where the tier of what we
// judge it at is another, its people and its hold are needed as well.
Status Chain::check_worth(const quorum::Case& one, const Own& own) const {
  const quorum::Moved facts = *quorum::moved_by(one.proposal.facts);
  const auto value = tier_value(policy_, facts, own.worth);
  const policy::Quorum* quorum = policy_.quorum(one.proposal.action());
  const policy::Rule* rule = quorum ? quorum->rule_for(value) : nullptr;
  if (rule && rule == in_force().rule_for(one.proposal)) return {};
  const bool is_enough =
      rule && check_waits(one, rule, own.clocks) &&
      tally(one.proposal, *rule, policy_.approvers, one.signatures, own.clocks.wall).state ==
          quorum::Tally::State::kApproved;
  if (is_enough) return {};
  const std::string why =
      value ? fmt::format("by {}'s own price it is worth {} {}", facts.exchange, value->str(),
                          policy_.currency)
            : fmt::format("{} has told no price of {}", facts.exchange, facts.asset);
  return fail(
      "executor.value",
      fmt::format("proposal {}: {}, and so needs more people or a longer hold than they were "
                  "told: let more approve it, or propose it again",
                  one.proposal.id, why),
      value || !facts.value ? ErrorClass::kRefused : ErrorClass::kRetryable);
}

// By our own ledger; where that does not know, by the people whose resolution we have checked. A
// gate that was taken over can ask them about anything, and too early.
State Chain::end_of(uint64_t id, const Records& records) const {
  const End* end = records.end(id);
  if (end && (end->state == State::kDone || end->state == State::kFailed)) return end->state;
  const quorum::Case& one = *proposals_.find(id);
  if (one.resolution && is_resolved_by_worth(one, records.worth(id))) {
    return one.resolution->is_sent() ? State::kDone : State::kFailed;
  }
  return end ? end->state : State::kExecuting;
}

// The people who resolved it were asked by the value that the gate wrote down. Where the tier of
// our own is another, it takes as many as that asks for.
bool Chain::is_resolved_by_worth(const quorum::Case& one,
                                 const std::optional<Decimal>& worth) const {
  if (!worth) return true;
  const policy::Quorum* quorum = policy_.quorum(one.proposal.action());
  const quorum::Moved facts = *quorum::moved_by(one.proposal.facts);
  const policy::Rule* rule = quorum ? quorum->rule_for(tier_value(policy_, facts, worth)) : nullptr;
  if (rule && rule == in_force().rule_for(one.proposal)) return true;
  return rule &&
         quorum::agreed(one.proposal, *rule, policy_.approvers, one.resolutions) == one.resolution;
}

// When each may have left is told by our own clocks, and that it has not, by our own ledger alone:
// the realm's entries could say of any that it has failed, or that it was long ago.
quorum::OwnCount Chain::own_count(uint64_t id, const Own& own) const {
  constexpr Millis kDay = std::chrono::hours{24};
  quorum::OwnCount count;
  const auto set_worth = [&](uint64_t of, const std::optional<Decimal>& worth) {
    const auto& facts = std::get<quorum::Withdrawal>(proposals_.find(of)->proposal.facts);
    if (const auto value = counted_value(policy_, facts, worth)) count.worth[of] = *value;
  };
  for (const auto& [what, seen] : seen_) {
    const auto& [other, state] = what;
    const bool is_withdrawal =
        std::holds_alternative<quorum::Withdrawal>(proposals_.find(other)->proposal.facts);
    if (state != State::kExecuting || !is_withdrawal) continue;
    const State end = end_of(other, own.records);
    if (end == State::kFailed) continue;
    if (end == State::kUnknown) count.unknown.insert(other);
    if (end == State::kDone) count.arrived.insert(other);
    const auto since = quorum::elapsed(seen.clocks, own.clocks);
    if (!since || *since < kDay) count.counts.insert(other);
    set_worth(other, own.records.worth(other));
  }
  set_worth(id, own.worth);
  return count;
}

Result<const quorum::Case*> Chain::find_payout(uint64_t id) const {
  const quorum::Case* one = proposals_.find(id);
  if (one && moved_by(one->proposal.facts)) return one;
  return fail("executor.action", fmt::format("there is no withdrawal or transfer {}", id));
}

Status Chain::judge(const quorum::Case& one, const Own& own) const {
  KS_CHECK(check_waits(one, in_force().rule_for(one.proposal), own.clocks));
  KS_CHECK(check_people(one, own.clocks.wall));
  KS_CHECK(check_frozen(one));
  KS_CHECK(check_worth(one, own));
  if (std::holds_alternative<quorum::Transfer>(one.proposal.facts)) {
    return check_transfer_permission(policy_, one, own.worth);
  }
  return check_permission(policy_, proposals_, one, holds_, own.clocks,
                          own_count(one.proposal.id, own));
}

Status Chain::still_may(uint64_t id, const Own& own) const {
  KS_TRY(const quorum::Case* one, find_payout(id));
  if (one->state != State::kExecuting) {
    return fail("executor.state",
                fmt::format("proposal {} is {} by the realm's ledger", id, to_string(one->state)));
  }
  return judge(*one, own);
}

Status Chain::may_send(uint64_t id, const Own& own) const {
  if (const quorum::Case* one = proposals_.find(id)) {
    KS_CHECK(check_frozen(*one));
  }
  KS_CHECK(proposals_.check(quorum::Step{id, State::kExecuting, "", own.clocks}, own.clocks.wall,
                            in_force()));
  KS_TRY(const quorum::Case* one, find_payout(id));
  return judge(*one, own);
}

}  // namespace keystile::executor
