// Events as JSON in the form of tardis's normalised messages, which many programs read. Numbers are
// JSON numbers with all their digits; times are whole microseconds, in members named …_us.
#pragma once

#include <string>

#include "market/events.h"

namespace keystile::market {

// "binance-futures": tardis's name of a venue.
std::string_view tardis_name(Venue venue);

// Appends one JSON object, and a comma before it where it follows another.
void append_json(const Event& event, std::string* out);

}  // namespace keystile::market
