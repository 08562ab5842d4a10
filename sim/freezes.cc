// One person freezes, several let it go on.
#include <fmt/format.h>

#include <array>

#include "sim/program.h"

namespace keystile::sim {

using quorum::Asker;
using quorum::FreezeTarget;
using quorum::State;
using Kind = FreezeTarget::Kind;

uint64_t Program::freeze(const FreezeTarget& target) {
  const uint64_t id = world_.realm.freeze(target);
  judge_.frozen[id] = {target, world_.realm.log.size - 1};
  tell(fmt::format("somebody freezes {}: {}", to_string(target), id));
  return id;
}

void Program::freeze_something() {
  const std::array targets = {
      FreezeTarget{Kind::kAll, ""}, FreezeTarget{Kind::kAccount, "binance-main"},
      FreezeTarget{Kind::kAccount, "store"}, FreezeTarget{Kind::kAccount, "desk"},
      FreezeTarget{Kind::kClient, "mover"}};
  const FreezeTarget& target = targets[dice(targets.size())];
  if (!world_.realm.freezes.of(target)) freeze(target);
}

void Program::ask_to_unfreeze() {
  const auto& all = world_.realm.freezes.in_force();
  if (all.empty()) return;
  const uint64_t id = std::next(all.begin(), static_cast<std::ptrdiff_t>(dice(all.size())))->first;
  const quorum::Proposal made =
      draft(world_.realm.unfreeze(id),
            {Asker::Kind::kPerson, "carol", key_of("carol").key().fingerprint()});
  const Status done = world_.realm.event(quorum::Proposed{made});
  tell(fmt::format("carol asks to end freeze {}: {}", id,
                   done ? std::to_string(made.id) : done.error().code));
  if (done) show(made);
}

// What the gate does as soon as people have approved it.
void Program::lift_what_is_due() {
  for (const auto& [id, one] : world_.realm.proposals.all()) {
    const auto* facts = std::get_if<quorum::Unfreeze>(&one.proposal.facts);
    if (!facts || one.state != State::kApproved) continue;
    const uint64_t freeze = facts->freeze.id;
    const bool lifted = world_.realm.carry_out(one.proposal).has_value();
    tell(fmt::format("freeze {} {}", freeze, lifted ? "is lifted" : "was lifted before"));
    if (lifted) judge_.look_at_lifted(freeze, std::to_string(id));
    if (one.state != State::kExecuting) continue;
    EXPECT_TRUE(world_.realm.event(quorum::Step{id, State::kFailed, "", {}}));
  }
}

void Program::let_all_go_on() {
  while (!world_.realm.freezes.in_force().empty()) {
    const uint64_t id = world_.realm.freezes.in_force().begin()->first;
    if (!have_approved(draft(world_.realm.unfreeze(id), {Asker::Kind::kRule, "operator", ""}))) {
      return judge_.wrong.push_back(fmt::format("freeze {} can no longer be lifted", id));
    }
    lift_what_is_due();
  }
}

}  // namespace keystile::sim
