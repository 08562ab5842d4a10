// What the parts that answer programs here, without or after the exchange, are given and give.
#pragma once

#include <functional>
#include <optional>

#include "exchanges/exchange.h"
#include "policy/model.h"

namespace keystile::signer {

// A client that has proven who it is, and what it sent. All outlive the call.
struct ProvenCall {
  const exchanges::Exchange& exchange;
  const policy::Client& client;
  const policy::Account& account;
  const HttpRequest& request;
};

// A question for a history into which proposals are put.
struct NativeHistory {
  std::optional<HttpRequest> upstream;  // for the exchange; none: it has nothing to add
  // upstream: the exchange's answer, or null where it was not asked.
  std::function<HttpResponse(const HttpResponse* upstream, WallTime now)> answer;
};

}  // namespace keystile::signer
