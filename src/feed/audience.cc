#include "feed/audience.h"

#include <algorithm>

namespace keystile::feed {

void Audience::set(const Market& market, Listener* listener, uint8_t channels) {
  std::vector<Place>& places = places_[&market];
  std::erase_if(places, [listener](const Place& place) { return place.listener == listener; });
  if (channels != 0) places.push_back({listener, channels});
  if (places.empty()) places_.erase(&market);
}

void Audience::remove(Listener* listener) {
  for (auto each = places_.begin(); each != places_.end();) {
    std::vector<Place>& places = each->second;
    std::erase_if(places, [listener](const Place& place) { return place.listener == listener; });
    each = places.empty() ? places_.erase(each) : std::next(each);
  }
}

void Audience::tell(const Market& market, const market::Event& event) {
  const auto found = places_.find(&market);
  if (found == places_.end()) return;
  const Channel channel = channel_of(event);
  Rendered rendered(event);
  for (const Place& place : found->second) {
    if (place.channels & bit_of(channel)) place.listener->hear(market, channel, &rendered);
  }
}

void Audience::tell_loss(const Market& market, Channel channel, market::Break what,
                         int64_t now_ns) {
  const auto found = places_.find(&market);
  if (found == places_.end()) return;
  for (const Place& place : found->second) {
    if (place.channels & bit_of(channel)) place.listener->hear_loss(market, channel, what, now_ns);
  }
}

}  // namespace keystile::feed
