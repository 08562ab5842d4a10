// Calls about what people decide: decided like every request, recorded, and answered here.
#include "signer/core.h"

namespace keystile::signer {

Step Core::answer_here(const Inbound& inbound, const exchanges::Route& route, Venue& venue,
                       const Admitted& admitted, DecidedHere decision, WallTime at) {
  const policy::Client& client = *admitted.client;
  const bool held = decision.verdict.kind == policy::Verdict::Kind::kHold;
  const bool cancels = decision.withdrawal && decision.withdrawal->cancels;
  const ProvenCall caller{*inbound.exchange, client, *admitted.account, inbound.request};
  // Only what will be cancelled may use the space that is kept for cancels.
  const Result<const quorum::Case*> target = cancels ? find_to_cancel(realm_, caller) : nullptr;
  if (!target) {
    return refuse(inbound, venue, &route, refusal_of(target.error()), at, &admitted,
                  decision.intent.summary);
  }
  const std::string source = policy::to_string(inbound.source), name = to_string(route);
  RequestEntry asked{subject(inbound, client, source, name), decision.intent, decision.market,
                     decision.verdict, admitted.mark};
  seal(&asked, admitted.credentials.payload);
  const auto recorded =
      realm_.record(asked, cancels ? ledger::Priority::kReserve : ledger::Priority::kOrdinary);
  auto answer =
      recorded ? carry_out(caller, decision, at) : tl::unexpected<Error>(recorded.error());
  if (!answer) {
    return refuse(inbound, venue, &route, refusal_of(answer.error()), at, &admitted,
                  decision.intent.summary);
  }
  if (decision.reads) read_rate_.count(place_of(client), clock_.mono());
  venue.requests.count(client.name, to_string(route.scope),
                       held ? metrics::Verdict::kHold : metrics::Verdict::kAllow,
                       decision.verdict.rule);
  return Answer{std::move(*answer)};
}

Result<HttpResponse> Core::carry_out(const ProvenCall& caller, const DecidedHere& decision,
                                     WallTime at) {
  if (decision.history) return decision.history->answer(nullptr, at);
  if (decision.intent.transfer) {
    return propose_transfer(realm_, caller, *decision.intent.transfer, decision.verdict.value, at);
  }
  if (decision.withdrawal->cancels) return cancel_withdrawal(realm_, caller, at);
  return propose_withdrawal(realm_, caller, *decision.intent.withdrawal, *decision.withdrawal,
                            decision.verdict.value, at);
}

// What the ledger cannot take now is tried again the next time; until then the address waits.
void Core::note_addresses() {
  for (const json::Value& entry : realm_.listings().due(realm_.policy(), clocks())) {
    if (!realm_.record(entry, ledger::Priority::kOrdinary)) return;
  }
}

}  // namespace keystile::signer
