// Who listens to which market: the way from an event to those whom it concerns.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "feed/rendered.h"

namespace keystile::feed {

// One consumer's side of a stream. Sans I/O: what is to be written to it lies in its outbox.
class Listener {
 public:
  virtual ~Listener() = default;
  // Something happened in a market that it listens to, on one of its channels there. The state
  // holds it already.
  virtual void hear(const Market& market, Channel channel, Rendered* event) = 0;
  // Nothing more comes of these channels of a market until their connection is made anew. Not told
  // of books: there it is an event.
  virtual void hear_loss(const Market& market, Channel channel, market::Break what,
                         int64_t now_ns) = 0;
};

class Audience {
 public:
  // From now on, these channels of a market; none: it does not listen there any more.
  void set(const Market& market, Listener* listener, uint8_t channels);
  // It listens to nothing any more.
  void remove(Listener* listener);

  void tell(const Market& market, const market::Event& event);
  void tell_loss(const Market& market, Channel channel, market::Break what, int64_t now_ns);

 private:
  struct Place {
    Listener* listener;
    uint8_t channels;  // bits, by bit_of()
  };
  std::unordered_map<const Market*, std::vector<Place>> places_;
};

constexpr uint8_t bit_of(Channel channel) {
  return static_cast<uint8_t>(1u << static_cast<unsigned>(channel));
}
inline constexpr uint8_t kAllChannels = (1u << kChannels) - 1;

}  // namespace keystile::feed
