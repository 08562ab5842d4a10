#include "sandbox/site.h"

#include "sandbox/control.h"

namespace keystile::sandbox {
namespace {

HttpResponse error_answer(const Fault& fault) {
  return {fault.status, {{"Content-Type", "text/plain"}}, fault.body};
}

}  // namespace

Reply Site::serve(const HttpRequest& request, const std::string& peer_address, WallTime now) {
  using Kind = Fault::Kind;
  venue_.advance(now);
  if (is_control(request)) return {control(venue_, request, peer_address)};
  const std::optional<Fault> fault = venue_.faults().take(request);
  if (fault && fault->kind == Kind::kServerError) return {error_answer(*fault)};
  if (fault && fault->kind == Kind::kDropBefore) return {.response = {}, .drop = true};
  Reply reply{frontend_.handle(request, peer_address, now + venue_.faults().clock_skew)};
  if (!fault) return reply;
  reply.delay = fault->delay;
  reply.drop = fault->kind == Kind::kDropAfter;
  if (fault->kind == Kind::kErrorAfter) reply.response = error_answer(*fault);
  return reply;
}

}  // namespace keystile::sandbox
