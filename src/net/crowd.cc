#include "net/crowd.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <map>
#include <tuple>

namespace keystile::net {

std::string who_is(const Peer& peer) {
  if (peer.uid) return std::to_string(*peer.uid);
  boost::system::error_code not_one;
  const auto address = boost::asio::ip::make_address_v6(peer.address, not_one);
  if (not_one || address.is_v4_mapped()) return peer.address;
  auto network = address.to_bytes();
  std::fill(network.begin() + network.size() / 2, network.end(), uint8_t{0});
  return boost::asio::ip::address_v6(network).to_string() + "/64";
}

std::optional<size_t> who_makes_room(const std::vector<Guest>& guests) {
  std::map<std::string, size_t> connections;
  for (const Guest& guest : guests) ++connections[guest.who];
  const auto stays = [&](const Guest& guest) {  // the less, the sooner it goes
    return std::tuple(guests.size() - connections[guest.who], guest.was_served, *guest.waits_since);
  };
  std::optional<size_t> goes;
  for (size_t i = 0; i < guests.size(); ++i) {
    if (!guests[i].waits_since) continue;
    if (!goes || stays(guests[i]) < stays(guests[*goes])) goes = i;
  }
  return goes;
}

}  // namespace keystile::net
