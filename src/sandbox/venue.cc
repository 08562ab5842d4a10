#include "sandbox/venue.h"

namespace keystile::sandbox {

Venue::Venue(VenueOptions options, Random& random, WallTime start)
    : exchange_(std::move(options.exchange)),
      now_(start),
      engine_(std::move(options.engine), wallets_, now_),
      market_(engine_, random, now_),
      funding_(std::move(options.funding), exchange_, accounts_, wallets_, now_) {}

void Venue::advance(WallTime now) {
  now_ = std::max(now_, now);
  funding_.advance();
  market_.refill();
}

void Venue::open(Instrument instrument) {
  const std::string id = instrument.id;
  engine_.add(std::move(instrument));
  market_.open(*engine_.find_instrument(id));
}

}  // namespace keystile::sandbox
