// Proposals and answers that the tests of all exchanges' withdrawals share.
#pragma once

#include "base/json.h"
#include "exchanges/withdrawals.h"

namespace keystile::exchanges {

inline constexpr uint64_t kProposal = 9007199254740001;           // close below 2^53
inline const WallTime kAsked = from_epoch_ms(1'700'000'000'000);  // 2023-11-14 22:13:20

inline ProposedWithdrawal proposed(std::string asset, std::string network, std::string address,
                                   WithdrawalStage stage = WithdrawalStage::kWaiting) {
  ProposedWithdrawal made;
  made.id = kProposal;
  made.asked.asset = std::move(asset);
  made.asked.amount = Decimal(5);
  made.asked.network = std::move(network);
  made.asked.address = std::move(address);
  made.asked.client_id = "payout1";
  made.created = kAsked;
  made.updated = kAsked;
  made.stage = stage;
  return made;
}

inline HttpResponse answered(std::string body, int status = 200) {
  return {status, {{"Content-Type", "application/json"}, {"X-Weight", "1"}}, std::move(body)};
}

// "id status id status …" of a history answer's rows, newest first.
inline std::string shown(const json::Value& rows, std::string_view id, std::string_view status) {
  std::string text;
  for (const json::Value& row : *rows.if_array()) {
    if (!text.empty()) text += ' ';
    text += std::string(row.text(id)) + " " + std::string(row.text(status));
  }
  return text;
}

}  // namespace keystile::exchanges
