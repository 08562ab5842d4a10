// Proposals that the tests of all exchanges' transfers share.
#pragma once

#include "exchanges/transfers.h"
#include "exchanges/withdrawals_for_test.h"

namespace keystile::exchanges {

inline ProposedTransfer proposed_transfer(std::string from, std::string to, std::string own_id,
                                          TransferState state = TransferState::kPending) {
  ProposedTransfer made;
  made.id = kProposal;
  made.asked.asset = "USDT";
  made.asked.amount = Decimal(5000);
  made.asked.from = std::move(from);
  made.asked.to = std::move(to);
  made.asked.client_id = std::move(own_id);
  made.created = kAsked;
  made.state = state;
  return made;
}

// What a request to the exchange means, as the exchange itself would read it.
inline Transfer read_again(const Exchange& exchange, const HttpRequest& request) {
  const Route* route = exchange.routes().find(request.method, request.path);
  return exchange.interpret(*route, request).value().transfer.value();
}

}  // namespace keystile::exchanges
