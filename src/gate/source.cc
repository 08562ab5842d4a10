#include "gate/source.h"

#include <algorithm>

#include "base/encoding.h"

namespace keystile::gate {
namespace {

bool is_trusted(const Proxies& proxies, const policy::Address& address) {
  return std::any_of(proxies.trusted.begin(), proxies.trusted.end(),
                     [&](const policy::Network& network) { return network.contains(address); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<policy::Address> source_of(const Proxies& proxies, const net::Peer& peer,
                                  const Headers& headers) {
  const auto direct =
      peer.uid ? policy::Address{{}, peer.uid} : policy::parse_address(peer.address);
  if (!direct) return fail("gate.source", "the connection has no plain IP address");
  if (!is_trusted(proxies, *direct)) return *direct;

  // Several headers are one list, in order (RFC 9110 section 5.3).
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (!equals_ignore_case(header->name, proxies.header)) continue;
    std::string_view list = header->value;
    while (true) {
      const size_t comma = list.rfind(',');
      const auto address =
          policy::parse_address(trimmed(comma == list.npos ? list : list.substr(comma + 1)));
      if (!address) return fail("gate.source", proxies.header + " is not a list of IP addresses");
      if (!is_trusted(proxies, *address)) return *address;
      if (comma == list.npos) break;
      list = list.substr(0, comma);
    }
  }
  return fail("gate.source", "a trusted proxy did not say in " + proxies.header + " who asks");
}

}  // namespace keystile::gate
