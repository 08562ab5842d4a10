#include "policy/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/rules.h"

namespace keystile::policy {
namespace {

using exchanges::Act;
using exchanges::LegAction;
using exchanges::OrderType;
using exchanges::Reason;
using exchanges::Refusal;

// Applies rules until one is against it, and keeps what `explain` tells.
class Judge {
 public:
  Judge(const Question& question, std::vector<Step>* steps)
      : q_(question), steps_(steps), observed_(question.client->is_observed(question.now)) {}

  Verdict run() {
    auto refusal = first_against(request_rules(), "request");
    if (!refusal && q_.intent->act == Act::kOrders) refusal = judge_orders();
    if (!refusal && q_.intent->act == Act::kWithdraw && !is_repeated(q_)) {
      refusal = first_against(withdrawal_rules(), "request");
    }
    if (!refusal && q_.intent->act == Act::kTransfer && !is_repeated(q_)) {
      refusal = first_against(transfer_rules(), "request");
    }
    if (refusal) {
      Verdict denied;
      denied.refusal = std::move(*refusal);
      return denied;
    }
    hold_for_people();
    verdict_.rule = "grant.scope ";
    verdict_.rule += exchanges::to_string(q_.route->scope);
    return std::move(verdict_);
  }

 private:
  void hold_for_people() {
    const bool withdraws = q_.intent->act == Act::kWithdraw;
    const bool transfers = q_.intent->act == Act::kTransfer;
    const bool holds = withdraws || (transfers && (is_repeated(q_) || needs_people(q_)));
    verdict_.kind = holds ? Verdict::Kind::kHold : Verdict::Kind::kAllow;
    if (!holds && !transfers) return;
    if (auto value = withdraws ? value_of_withdrawal(q_) : value_of_transfer(q_)) {
      verdict_.value = *value;
    }
  }

  template <class Rules, class... Args>
  std::optional<Refusal> first_against(const Rules& rules, std::string_view subject,
                                       Args&... args) {
    for (const auto& rule : rules) {
      Objection denial = rule.against(q_, args...);
      const bool noted =
          denial && observed_ && rule.observed == Observed::kOnlyNoted && !denial->always;
      if (steps_) {
        steps_->push_back({std::string(rule.name), std::string(subject), !denial,
                           denial ? denial->message : std::string(), noted});
      }
      if (!denial) continue;
      if (!noted) return Refusal{denial->reason, std::string(rule.name), denial->message, {}};
      note(rule.name, std::move(denial->message));
    }
    return std::nullopt;
  }

  void note(std::string_view rule, std::string message) {
    auto& all = verdict_.would_refuse;
    const auto same = [&](const Verdict::Noted& one) { return one.rule == rule; };
    if (std::none_of(all.begin(), all.end(), same)) {
      all.push_back({std::string(rule), std::move(message)});
    }
  }

  // Every leg is judged even after one has failed: a batch reports them all.
  std::optional<Refusal> judge_orders() {
    std::optional<Refusal> first;
    std::vector<std::string> messages;
    for (size_t i = 0; i < q_.intent->legs.size(); ++i) {
      Leg leg = make_leg(q_, i);
      auto refusal =
          first_against(order_rules(), steps_ ? fmt::format("order {}", i + 1) : "", leg);
      if (!refusal && !count(leg)) {
        refusal = Refusal{Reason::kLimit, "notional.unknown", too_large_to_add().message, {}};
      }
      messages.push_back(refusal ? refusal->message : "");
      if (refusal && !first) first = std::move(refusal);
    }
    if (first) {
      first->legs = std::move(messages);
    } else {
      first = first_against(sum_rules(), "request", sum_);  // no single leg is to blame
    }
    verdict_.reserved = sum_.reserved;
    verdict_.sent = sum_.sent;
    verdict_.resting = sum_.resting;
    return first;
  }

  // Adds a leg to the sums; false where they overflow.
  bool count(const Leg& leg) {
    const Decimal judged = leg.asked.test_only ? Decimal{} : leg.notional;
    verdict_.leg_notional.push_back(judged);
    if (leg.cancels()) return true;
    ++sum_.sent;
    const bool places = leg.asked.action == LegAction::kPlace && !leg.asked.test_only;
    if (places && leg.order().type != OrderType::kMarket) ++sum_.resting;
    const auto more = judged.minus(leg.known ? leg.known->exposure : Decimal{});
    if (!more) return false;
    if (!more->is_positive()) return true;
    if (q_.intent->one_fills) {
      sum_.reserved = std::max(sum_.reserved, *more);
      return true;
    }
    const auto total = sum_.reserved.plus(*more);
    if (total) sum_.reserved = *total;
    return total.has_value();
  }

  const Question& q_;
  std::vector<Step>* steps_;
  const bool observed_;
  Sum sum_;
  Verdict verdict_;
};

}  // namespace

bool Cover::suffices(const Decimal& amount) const {
  const auto all = promised.plus(amount);
  return all && *all <= free;
}

bool is_repeated(const Question& q) {
  return (q.withdrawal && q.withdrawal->own_id == OwnId::kRepeated) ||
         (q.transfer && q.transfer->own_id == OwnId::kRepeated);
}

Verdict decide(const Question& question, std::vector<Step>* steps) {
  return Judge(question, steps).run();
}

}  // namespace keystile::policy
