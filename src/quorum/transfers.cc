#include "quorum/transfers.h"

#include <algorithm>

#include "quorum/withdrawals.h"

namespace keystile::quorum {
namespace {

using exchanges::TransferState;

constexpr Millis kDay = std::chrono::hours{24};

TransferState state_of(State state) {
  switch (state) {
    case State::kProposed:
    case State::kApproved:
    case State::kHeld:
    case State::kExecuting:
    case State::kUnknown:  // for a program it is on its way until people have found out
      return TransferState::kPending;
    case State::kDone:
      return TransferState::kDone;
    case State::kRejected:
    case State::kExpired:
    case State::kCancelled:
    case State::kFailed:
      return TransferState::kFailed;
  }
  return TransferState::kPending;
}

bool is_by(const Case& one, const policy::Client& client) {
  const auto* facts = std::get_if<Transfer>(&one.proposal.facts);
  return facts && facts->account == client.account &&
         one.proposal.asker == Asker{Asker::Kind::kClient, client.name, ""};
}

}  // namespace

exchanges::Transfer asked_of(const Transfer& facts) {
  exchanges::Transfer asked;
  asked.asset = facts.asset;
  asked.amount = facts.amount;
  asked.from = facts.from;
  asked.to = facts.to;
  asked.from_account = facts.from_account;
  asked.to_account = facts.to_account;
  asked.client_id = facts.own_id;
  asked.leaves_account = !facts.from_account.empty() || !facts.to_account.empty();
  return asked;
}

exchanges::ProposedTransfer transfer_shown(const Case& one) {
  exchanges::ProposedTransfer shown;
  shown.id = one.proposal.id;
  shown.asked = asked_of(std::get<Transfer>(one.proposal.facts));
  shown.created = one.proposal.created;
  shown.state = state_of(one.state);
  shown.exchange_id = exchange_id(one.detail);
  return shown;
}

std::vector<exchanges::ProposedTransfer> transfers_by(const Proposals& proposals,
                                                      const policy::Client& client) {
  std::vector<exchanges::ProposedTransfer> all;
  for (const auto& [id, one] : proposals.all()) {
    if (is_by(one, client)) all.push_back(transfer_shown(one));
  }
  return all;
}

uint32_t transfers_asked(const Proposals& proposals, const policy::Client& client, WallTime now) {
  const auto& all = proposals.all();
  return static_cast<uint32_t>(std::count_if(all.begin(), all.end(), [&](const auto& each) {
    return is_by(each.second, client) && now < each.second.proposal.created + kDay;
  }));
}

}  // namespace keystile::quorum
