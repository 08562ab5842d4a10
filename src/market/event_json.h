// Events as JSON in the form of tardis's normalised messages, which many programs read. Numbers are
// JSON numbers with all their digits.
#pragma once

#include <string>

#include "market/events.h"

namespace keystile::market {

// "binance-futures": tardis's name of a venue.
std::string_view tardis_name(Venue venue);

// How times, levels and breaks are written.
enum class Form : uint8_t {
  kLines,   // whole microseconds in members named …_us; levels as [price, amount]; "unified"
  kTardis,  // as tardis-machine: ISO 8601; levels as {"price", "amount"}; a break as "disconnect"
  kBare,    // as kLines, with no member that tardis has not
};

// Appends one JSON object, and a comma before it where it follows another.
void append_json(const Event& event, std::string* out, Form form = Form::kLines);

// Parts of it, for what is told beside events. Tardis spells Deribit's symbols in upper case.
std::string tardis_symbol(const Instrument& instrument);
// "2019-10-23T10:32:49.669Z", and with six digits where the milliseconds are not whole.
std::string iso8601_us(int64_t us);

}  // namespace keystile::market
