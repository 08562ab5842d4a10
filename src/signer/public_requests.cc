// Requests without a key, and what every request may meet: an exchange's rate limits.
#include <fmt/format.h>

#include "signer/core.h"

namespace keystile::signer {
namespace {

using exchanges::Reason;
using exchanges::Refusal;

constexpr Millis kPublicAnswerTime{15000};

std::string message_of(const Pacing::Decision& pace) {
  if (pace.rule == "rate.paused") {
    return "the exchange has turned requests away; nothing is sent on this limit until it takes "
           "more";
  }
  return fmt::format("the exchange's limit {} has no room for this client now", pace.budget);
}

}  // namespace

size_t Core::place_of(const policy::Client& client) const {
  return static_cast<size_t>(&client - realm_.policy().clients.data());
}

Step Core::begin_public(Inbound inbound, const exchanges::Route& route, Venue& venue) {
  const Pacing::Decision pace = venue.pacing->ask(
      {&route, inbound.request.query, nullptr, "", std::nullopt, &inbound.source, false},
      now(venue), Pacing::kMostWait);
  if (!pace.may_go) return refuse_for_now(inbound, route, venue, pace, now(venue), nullptr, "");
  venue.requests.count("", to_string(route.scope), metrics::Verdict::kAllow, "public");
  Destination to = destination(venue, inbound.request.path);
  HttpRequest request{inbound.request.method,
                      inbound.request.path,
                      inbound.request.query,
                      inbound.request.has_query,
                      {},
                      ""};
  for (const char* name : {"Accept", "Accept-Encoding", "User-Agent"}) {
    if (const std::string* value = find_header(inbound.request.headers, name))
      request.headers.push_back({name, *value});
  }
  Forward forward{next_id_++, std::move(to), std::move(request), kPublicAnswerTime, std::nullopt,
                  pace.wait,  pace.who};
  // Member by member: g++ 12.2 copies the receipt wrongly into a temporary.
  PublicTicket& ticket = public_tickets_[forward.ticket];
  ticket.venue = &venue;
  ticket.route = &route;
  ticket.receipt = pace.receipt;
  return forward;
}

HttpResponse Core::finish_public(const PublicTicket& ticket, Result<HttpResponse> upstream) {
  Venue& venue = *ticket.venue;
  venue.pacing->settle(ticket.receipt, *ticket.route, upstream ? &*upstream : nullptr, now(venue));
  if (upstream) return std::move(*upstream);
  const exchanges::Route& route = *ticket.route;
  const Refusal refusal{
      Reason::kUpstream, upstream.error().code, "the exchange did not answer", {}};
  return venue.exchange->refuse(refusal, &route, request_to(route.method, route.path), now(venue));
}

Answer Core::refuse_for_now(const Inbound& inbound, const exchanges::Route& route, Venue& venue,
                            const Pacing::Decision& pace, WallTime at, const Admitted* admitted,
                            std::string_view summary) {
  Answer answer = refuse(inbound, venue, &route,
                         {Reason::kRateLimit, std::string(pace.rule), message_of(pace), {}}, at,
                         admitted, summary);
  HttpResponse& response = answer.response;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(pace.wait).count();
  set_header(&response.headers, "Retry-After", std::to_string(std::max<int64_t>(seconds, 1)));
  if (!admitted) set_header(&response.headers, "X-Keystile-Reason", std::string(pace.rule));
  return answer;
}

}  // namespace keystile::signer
