// Who asks, where there are proxies: the header is believed only from a trusted peer, and the
// answer is never a trusted proxy. Input: the peer, then header values, a line each.
#include "gate/source.h"

#include "fuzz/check.h"
#include "fuzz/input.h"

using namespace keystile;
using namespace keystile::gate;

KS_FUZZ_TARGET(input) {
  static const Proxies proxies{
      {*policy::parse_network("10.0.0.0/8"), *policy::parse_network("fd00::/8")},
      "X-Forwarded-For"};
  const auto is_trusted = [](const policy::Address& address) {
    return proxies.trusted[0].contains(address) || proxies.trusted[1].contains(address);
  };
  const std::string peer(fuzz::take_line(&input));
  Headers headers;
  while (!input.empty())
    headers.push_back({"x-forwarded-FOR", std::string(fuzz::take_line(&input))});
  const auto source = source_of(proxies, net::Peer{peer}, headers);
  const auto direct = policy::parse_address(peer);
  if (!source) {
    KS_HOLDS(!direct || is_trusted(*direct));
    return;
  }
  KS_HOLDS(!is_trusted(*source));
  KS_HOLDS(direct.has_value());
  if (!is_trusted(*direct)) KS_HOLDS(*source == *direct);
}
