// One request with a key, on its way through the signer. Each part of the way may end it with an
// answer; what passes all of them is forwarded. Lives for one call of Signer::begin().
#pragma once

#include "signer/core.h"
#include "signer/market_view.h"

namespace keystile::signer {

class Core::PrivateRequest {
 public:
  PrivateRequest(Core& core, Inbound inbound, const exchanges::Route& route, Venue& venue);

  Step pass();

 private:
  using Ended = std::optional<Answer>;  // nothing: on with the next part

  Ended authenticate();
  Ended interpret();
  Ended look_up();  // what is known of those whom it concerns
  Ended decide();
  Ended answer_here();  // what people decide about, and their histories
  Ended sign();
  Ended find_room();  // in the exchange's rate limits
  Ended record();
  Forward forward();

  Result<HttpResponse> carry_out();
  Result<ledger::Index> write_entry(ledger::Priority priority);
  bool is_held() const { return asked_.verdict.kind == policy::Verdict::Kind::kHold; }
  bool cancels_withdrawal() const { return call_ == exchanges::WithdrawalCall::kCancel; }
  const policy::Client& client() const { return *admitted_.client; }
  const policy::Account& account() const { return *admitted_.account; }
  ProvenCall caller() const { return {exchange_, client(), account(), inbound_.request}; }
  // In the exchange's own words, and recorded where it was proven who asks.
  Answer refuse(const exchanges::Refusal& refusal, const policy::Question* judged = nullptr) const;
  Answer refuse(const Error& error) const { return refuse(refusal_of(error)); }
  std::string_view summary() const;

  Core& core_;
  Inbound inbound_;
  const exchanges::Route& route_;
  Venue& venue_;
  const exchanges::Exchange& exchange_;
  const WallTime at_;  // on the exchange's clock
  metrics::Laps laps_;

  Admitted admitted_;
  std::string source_, route_name_;  // lent to asked_
  std::string frozen_;               // lent to question_
  RequestEntry asked_;               // filled on the way: what it means, what it was judged by, how
  std::optional<exchanges::WithdrawalCall> call_;
  std::optional<policy::WithdrawalFacts> withdrawal_;
  std::optional<policy::TransferFacts> transfer_;
  std::optional<NativeHistory> history_;
  std::optional<MarketView> market_;
  policy::Question question_;
  std::optional<exchanges::RealKey> key_;
  Millis window_{};  // what is left of the time in which the exchange will take it
  SignedRequest signed_;
  SecretBytes passphrase_;  // in signed_, where the exchange demands it in the open; else empty
  Pacing::Decision pace_;
  ledger::Index entry_ = 0;
};

}  // namespace keystile::signer
