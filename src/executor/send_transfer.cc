#include <fmt/format.h>

#include "exchanges/transfer_reading.h"
#include "exchanges/transfers.h"
#include "executor/sending.h"
#include "quorum/transfers.h"
#include "quorum/withdrawals.h"

namespace keystile::executor {
namespace {

using exchanges::TransferState;
using quorum::State;

// Another transfer whose row in the history would look the same, if it has one.
bool is_twin(const quorum::Case& one, const quorum::Case& other) {
  const auto* facts = std::get_if<quorum::Transfer>(&other.proposal.facts);
  const auto& ours = std::get<quorum::Transfer>(one.proposal.facts);
  const bool is_open = other.state == State::kExecuting || other.state == State::kUnknown;
  return &one != &other && facts && is_open && quorum::exchange_id(other.detail).empty() &&
         facts->account == ours.account && facts->asset == ours.asset &&
         facts->amount == ours.amount && facts->from == ours.from && facts->to == ours.to &&
         facts->from_account == ours.from_account && facts->to_account == ours.to_account;
}

class TransferSending final : public Sending {
 public:
  TransferSending(const quorum::Case& one, const Chain& chain, const exchanges::Exchange& exchange,
                  bool is_ours)
      : id_(one.proposal.id),
        is_ours_(is_ours),
        transfers_(exchanges::transfers_of(exchange)),
        exchange_(exchange.name()),
        facts_(quorum::asked_of(std::get<quorum::Transfer>(one.proposal.facts))) {
    for (const auto& [id, other] : chain.proposals().all()) has_twin_ |= is_twin(one, other);
  }

  policy::Role role() const override { return policy::Role::kTransfer; }

  std::string sent_as() const override { return transfers_.sent_as(facts_, id_); }

  Result<HttpRequest> request(WallTime) const override { return transfers_.request(facts_, id_); }

  bool is_said_by(const exchanges::Intent& intent) const override {
    return intent.act == exchanges::Act::kTransfer && intent.transfer &&
           moves_same(*intent.transfer, facts_);
  }

  std::optional<End> read_answer(const HttpResponse& answer) const override {
    const auto found = transfers_.sent(answer);
    if (!found) return std::nullopt;
    return end(*found, fmt::format("{} carried it out", exchange_));
  }

  HttpRequest history_request(WallTime from, WallTime now) const override {
    return transfers_.history_request({id_, facts_, from}, now);
  }

  Result<End> read_history(const HttpResponse& answer, WallTime from,
                           const std::vector<std::string>& taken) const override {
    KS_TRY(const auto found, transfers_.find({id_, facts_, from}, answer, taken));
    if (!found.by_own_id && (has_twin_ || !is_ours_)) {
      return fail("transfer.ambiguous",
                  has_twin_ ? "the exchange's history shows one like it, but there is another "
                              "proposal with the same facts that it could be"
                            : "the exchange's history shows one like it, but it may be a "
                              "program's own",
                  ErrorClass::kOutcomeUnknown);
    }
    if (found.state == TransferState::kPending) {
      return fail("executor.history",
                  fmt::format("{} has it, and has not said yet what became of it", exchange_),
                  ErrorClass::kOutcomeUnknown);
    }
    return end(found, fmt::format("{}'s history has it", exchange_));
  }

 private:
  static End end(const exchanges::FoundTransfer& found, const std::string& how) {
    const bool failed = found.state == TransferState::kFailed;
    return {
        failed ? State::kFailed : State::kDone,
        quorum::detail_with_id(found.exchange_id, failed ? how + ", and says that it failed" : how),
        found.exchange_id};
  }

  uint64_t id_;
  bool is_ours_;
  const exchanges::Transfers& transfers_;
  std::string_view exchange_;
  exchanges::Transfer facts_;
  bool has_twin_ = false;  // of another one it is not known either which row of the history it is
};

}  // namespace

std::shared_ptr<const Sending> send_transfer(const quorum::Case& one, const Chain& chain,
                                             const exchanges::Exchange& exchange, bool is_ours) {
  return std::make_shared<TransferSending>(one, chain, exchange, is_ours);
}

}  // namespace keystile::executor
