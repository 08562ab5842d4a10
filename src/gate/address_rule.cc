#include "gate/address_rule.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cstring>

#include "base/encoding.h"
#include "exchanges/host_names.h"

namespace keystile::gate {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::make_address;

address plain(const address& from) {
  if (from.is_v6() && from.to_v6().is_v4_mapped()) {
    return make_address_v4(boost::asio::ip::v4_mapped, from.to_v6());
  }
  return from;
}

bool is_loopback(const address& where) { return where.is_loopback() || where.is_unspecified(); }

// An address of one of this machine's interfaces.
bool is_of_this_machine(const address& where) {
  if (is_loopback(where)) return true;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return true;  // nobody can say: then it may be
  bool found = false;
  for (const ifaddrs* one = all; one && !found; one = one->ifa_next) {
    if (!one->ifa_addr) continue;
    if (where.is_v4() && one->ifa_addr->sa_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
      found = ntohl(v4->sin_addr.s_addr) == where.to_v4().to_uint();
    } else if (where.is_v6() && one->ifa_addr->sa_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
      const auto bytes = where.to_v6().to_bytes();
      found = std::memcmp(v6->sin6_addr.s6_addr, bytes.data(), bytes.size()) == 0;
    }
  }
  ::freeifaddrs(all);
  return found;
}

bool listens_at(const net::Endpoint& own, const address& where, uint16_t port) {
  if (!own.path.empty() || own.port != port) return false;
  boost::system::error_code error;
  const address mine = make_address(own.host == "localhost" ? "127.0.0.1" : own.host, error);
  return error || plain(mine) == where || (mine.is_unspecified() && is_of_this_machine(where));
}

}  // namespace

std::string refuse_address(const std::vector<net::Endpoint>& own, const std::string& host,
                           const std::string& address_text, uint16_t port) {
  boost::system::error_code error;
  const address where = plain(make_address(address_text, error));
  if (error) return "that is no address of";
  const bool is_ours = std::any_of(own.begin(), own.end(), [&](const net::Endpoint& endpoint) {
    return listens_at(endpoint, where, port);
  });
  const bool is_turned = exchanges::find_host_name(to_lower_ascii(host)) && is_loopback(where);
  if (!is_ours && !is_turned) return "";
  return "it leads back to this machine (name DNS servers under [resolver] in keystile.toml):";
}

}  // namespace keystile::gate
