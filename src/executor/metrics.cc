#include "executor/metrics.h"

#include <algorithm>
#include <array>

namespace keystile::executor {
namespace {

using metrics::Families;
using metrics::Family;
using quorum::State;

double number(uint64_t count) { return static_cast<double>(count); }

Family gauge(std::string name, std::string help, double value) {
  Family family = metrics::gauge("keystile_executor_" + std::move(name), std::move(help));
  metrics::add(&family, value);
  return family;
}

Family sent(const Records& records) {
  Family family = metrics::counter("keystile_executor_sent_total",
                                   "Withdrawals that left, or may have, by its own ledger.");
  metrics::add(&family, number(records.count_sent()));
  return family;
}

Family ended(const Records& records) {
  Family family = metrics::counter("keystile_executor_ended_total",
                                   "Withdrawals that it carried to an end, by how they ended.");
  for (const State end : {State::kDone, State::kFailed, State::kUnknown}) {
    metrics::add(&family, number(records.count_ended(end)), {{"end", std::string(to_string(end))}});
  }
  return family;
}

Family withdrawals(const Chain& chain) {
  Family family =
      metrics::gauge("keystile_executor_withdrawals",
                     "Withdrawals that are not settled, by state in the realm's ledger.");
  for (const State state :
       {State::kProposed, State::kApproved, State::kHeld, State::kExecuting, State::kUnknown}) {
    const auto& all = chain.proposals().all();
    const auto count = std::count_if(all.begin(), all.end(), [&](const auto& each) {
      return each.second.state == state &&
             std::holds_alternative<quorum::Withdrawal>(each.second.proposal.facts);
    });
    metrics::add(&family, static_cast<double>(count), {{"state", std::string(to_string(state))}});
  }
  return family;
}

Family refusals(const Runner& runner) {
  Family family = metrics::counter(
      "keystile_executor_refusals_total",
      "Approved withdrawals that were not sent when they were judged; once for each and rule.");
  for (const auto& [rule, count] : runner.refusals()) {
    metrics::add(&family, number(count), {{"rule", rule}});
  }
  return family;
}

}  // namespace

Families metrics_of(const Runner& runner) {
  const std::chrono::duration<double> answered = runner.answered().time_since_epoch();
  return {sent(runner.records()),
          ended(runner.records()),
          withdrawals(runner.chain()),
          refusals(runner),
          gauge("last_answer_timestamp_seconds",
                "When the realm last told its ledger, by this machine's clock; 0: never.",
                answered.count()),
          gauge("followed_entries", "Entries of the realm's ledger that are followed.",
                number(runner.followed())),
          gauge("policy_version", "Version of the policy that it follows; 0: none yet.",
                number(runner.chain().version())),
          gauge("troubles", "What it waits for that needs somebody: what `executor run` tells.",
                number(runner.troubles().size()))};
}

}  // namespace keystile::executor
