// One reader per exchange, for make_reader() alone.
#pragma once

#include <memory>

#include "market/reader.h"

namespace keystile::market {

std::unique_ptr<Reader> make_binance_reader(Venue venue, IsWanted is_wanted);
std::unique_ptr<Reader> make_bybit_reader(Venue venue, IsWanted is_wanted);
std::unique_ptr<Reader> make_deribit_reader(Venue venue, IsWanted is_wanted);
// Each instrument's name tells its own venue.
std::unique_ptr<Reader> make_okx_reader(Venue venue, IsWanted is_wanted);

// By the form of the name: BTC-USDT, BTC-USDT-SWAP, BTC-USD-220624, BTC-USD-220624-50000-C.
Venue okx_venue(std::string_view symbol);

}  // namespace keystile::market
