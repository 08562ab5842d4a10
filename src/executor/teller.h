// Speaks to an exchange about one approved proposal: what to send to it, and what its answers mean.
// Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "executor/chain.h"
#include "executor/exchange_clocks.h"
#include "executor/prices.h"
#include "executor/records.h"
#include "executor/sending.h"

namespace keystile::executor {

// A key of an account, by the vault entry that the policy names; none: it is not there.
using FindKey = std::function<std::optional<exchanges::RealKey>(const std::string& entry)>;

// What must be known of the world at this moment.
struct Surroundings {
  const Chain& chain;
  const ExchangeClocks& clocks;
  const Prices& prices;
  const FindKey& find_key;
  const Records& records;
  // Entries of the realm's ledger wait to be taken in, or the realm does not answer: there may be
  // one that stops what is to be sent.
  bool is_behind = false;
};

class Teller {
 public:
  // Of a proposal in the chain. "executor.account": something is missing, says what; of the
  // exchange, its key, its clock, of which the last is kRetryable.
  static Result<Teller> find(uint64_t id, const Surroundings& around, MonoTime now);

  const Place& place() const { return place_; }
  const std::string& origin() const { return origin_; }
  std::string sent_as() const { return sending_->sent_as(); }

  // Signed. "executor.request": it would not say what people have approved; or the errors of
  // Sending::request().
  Result<HttpRequest> request(Millis window) const;
  // Signed: where to look for what was sent at that time or later.
  Result<HttpRequest> look(WallTime from, Millis window) const;

  // What an answer to request() says; none: nothing that could be relied on.
  std::optional<End> read_answer(const HttpRequest& request, const HttpResponse& answer) const;
  // What an answer to look() says; an error: that it does not show it, or cannot be read, or that
  // it might as well be another's ("withdrawal.ambiguous"). taken: the exchange's ids of other
  // withdrawals, which this one cannot be.
  Result<End> read_history(const HttpResponse& answer, WallTime from,
                           const std::vector<std::string>& taken) const;

 private:
  Result<HttpRequest> sign(const HttpRequest& request, Millis window) const;
  Result<exchanges::Intent> intent_of(const HttpRequest& request) const;

  const exchanges::Exchange* exchange_ = nullptr;
  std::shared_ptr<const Sending> sending_;
  exchanges::RealKey key_;
  Place place_;
  std::string origin_;
  WallTime now_{};  // of the exchange
};

}  // namespace keystile::executor
