#include "net/crowd.h"

#include <map>
#include <tuple>

namespace keystile::net {

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
