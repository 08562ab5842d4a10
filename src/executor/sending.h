// What an exchange is asked to do about one approved proposal, and what its answers say of that:
// all in which a withdrawal and a transfer differ. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/http.h"
#include "exchanges/exchange.h"
#include "executor/chain.h"
#include "executor/records.h"
#include "policy/model.h"

namespace keystile::executor {

class Sending {
 public:
  virtual ~Sending() = default;

  virtual policy::Role role() const = 0;  // of the key that may
  // By which id of the client's own it is sent; empty: by none.
  virtual std::string sent_as() const = 0;

  // Unsigned. Errors: kinds that are not sent.
  virtual Result<HttpRequest> request(WallTime now) const = 0;
  // Whether the exchange will read the request as what people have approved.
  virtual bool is_said_by(const exchanges::Intent& intent) const = 0;
  // What an answer to it proves, other than a refusal; none: it has to be looked up.
  virtual std::optional<End> read_answer(const HttpResponse& answer) const = 0;

  // Where to look for what was sent at `from` or later. Unsigned.
  virtual HttpRequest history_request(WallTime from, WallTime now) const = 0;
  // taken: the exchange's ids of others. An error: that it does not show it, cannot be read, or
  // shows what might as well be another's.
  virtual Result<End> read_history(const HttpResponse& answer, WallTime from,
                                   const std::vector<std::string>& taken) const = 0;
};

std::shared_ptr<const Sending> send_withdrawal(const quorum::Case& one, const Chain& chain,
                                               const exchanges::Exchange& exchange);
// is_ours: we have begun to send it, and since then no program might move the same without people
// (Chain::is_alone()). Else what looks the same in a history without our ids is not taken for it:
// ours may never have arrived.
std::shared_ptr<const Sending> send_transfer(const quorum::Case& one, const Chain& chain,
                                             const exchanges::Exchange& exchange, bool is_ours);

}  // namespace keystile::executor
