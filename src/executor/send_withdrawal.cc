#include <fmt/format.h>

#include "exchanges/withdrawals.h"
#include "executor/sending.h"
#include "quorum/withdrawals.h"

namespace keystile::executor {
namespace {

using exchanges::WithdrawalStage;
using quorum::State;

bool has_failed(WithdrawalStage stage) {
  return stage == WithdrawalStage::kCancelled || stage == WithdrawalStage::kRejected ||
         stage == WithdrawalStage::kFailed;
}

// Another withdrawal whose row in the history would look the same, if it has one.
bool is_twin(const quorum::Case& one, const quorum::Case& other, const Chain& chain) {
  const auto* facts = std::get_if<quorum::Withdrawal>(&other.proposal.facts);
  const auto& ours = std::get<quorum::Withdrawal>(one.proposal.facts);
  const bool is_open = other.state == State::kExecuting || other.state == State::kUnknown;
  if (&one == &other || !facts || !is_open || !quorum::exchange_id(other.detail).empty()) {
    return false;
  }
  // What has begun may lie long before it is sent; only what was given up is not sent any more.
  constexpr Millis kNear = std::chrono::hours{1};
  const bool is_past =
      other.state == State::kUnknown && chain.seen(one.proposal.id, State::kExecuting) -
                                                chain.seen(other.proposal.id, State::kUnknown) >=
                                            kNear;
  // With the fee in the one and on top of the other, different amounts may look the same.
  const bool looks_same = facts->amount == ours.amount || facts->fee_included != ours.fee_included;
  return facts->account == ours.account && facts->asset == ours.asset && looks_same &&
         facts->network == ours.network && facts->address == ours.address &&
         facts->memo == ours.memo && !is_past;
}

class WithdrawalSending final : public Sending {
 public:
  WithdrawalSending(const quorum::Case& one, const Chain& chain,
                    const exchanges::Exchange& exchange)
      : id_(one.proposal.id),
        withdrawals_(exchanges::withdrawals_of(exchange)),
        exchange_(exchange.name()),
        facts_(quorum::asked_of(std::get<quorum::Withdrawal>(one.proposal.facts))) {
    for (const auto& [id, other] : chain.proposals().all()) has_twin_ |= is_twin(one, other, chain);
  }

  policy::Role role() const override { return policy::Role::kWithdraw; }

  std::string sent_as() const override { return std::to_string(id_); }

  Result<HttpRequest> request(WallTime now) const override {
    return withdrawals_.request(facts_, id_, now);
  }

  bool is_said_by(const exchanges::Intent& intent) const override {
    const auto& said = intent.withdrawal;
    return intent.act == exchanges::Act::kWithdraw && said && said->asset == facts_.asset &&
           said->amount == facts_.amount && said->address == facts_.address &&
           said->tag == facts_.tag && said->network == facts_.network &&
           said->internal == facts_.internal &&
           (facts_.wallet.empty() || said->wallet == facts_.wallet);
  }

  std::optional<End> read_answer(const HttpResponse& answer) const override {
    const auto id = withdrawals_.sent_id(answer);
    if (!id) return std::nullopt;
    return end(State::kDone, *id, fmt::format("{} accepted it", exchange_));
  }

  HttpRequest history_request(WallTime from, WallTime now) const override {
    return withdrawals_.history_request({id_, facts_, from, ""}, now);
  }

  Result<End> read_history(const HttpResponse& answer, WallTime from,
                           const std::vector<std::string>& taken) const override {
    KS_TRY(const auto history, withdrawals_.read_history(answer));
    KS_TRY(const auto* row, find_sent(withdrawals_, {id_, facts_, from, ""}, history, taken));
    if (!row) return fail("executor.history", "the exchange's history does not show it");
    if (row->own_id.empty() && has_twin_) {
      return fail("withdrawal.ambiguous",
                  "the exchange's history shows one like it, but there is another proposal with "
                  "the same facts that it could be",
                  ErrorClass::kOutcomeUnknown);
    }
    const bool failed = has_failed(row->stage);
    return end(failed ? State::kFailed : State::kDone, row->exchange_id,
               fmt::format("{}'s history has it{}", exchange_,
                           failed ? ", and says that it was not sent on" : ""));
  }

 private:
  static End end(State state, const std::string& exchange_id, std::string_view more) {
    return {state, quorum::detail_with_id(exchange_id, more), exchange_id};
  }

  uint64_t id_;
  const exchanges::Withdrawals& withdrawals_;
  std::string_view exchange_;
  exchanges::Withdrawal facts_;
  bool has_twin_ = false;  // of another one it is not known either which row of the history it is
};

}  // namespace

std::shared_ptr<const Sending> send_withdrawal(const quorum::Case& one, const Chain& chain,
                                               const exchanges::Exchange& exchange) {
  return std::make_shared<WithdrawalSending>(one, chain, exchange);
}

}  // namespace keystile::executor
