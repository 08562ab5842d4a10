// One reader per exchange, for make_reader() alone.
#pragma once

#include <memory>

#include "market/reader.h"

namespace keystile::market {

std::unique_ptr<Reader> make_binance_reader(Venue venue);
std::unique_ptr<Reader> make_bybit_reader(Venue venue);
std::unique_ptr<Reader> make_deribit_reader(Venue venue);
std::unique_ptr<Reader> make_okx_reader(Venue venue);  // each instrument's name tells its own

}  // namespace keystile::market
