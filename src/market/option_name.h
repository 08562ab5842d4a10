// What the name of an option says.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "market/events.h"

namespace keystile::market {

struct OptionName {
  int64_t expiration_us = 0;  // 08:00 UTC of the day in the name, on all exchanges
  Number strike_price;
  bool is_put = false;
};

// "BTC-28APR23-29500-C", "XRP_USDC-30JUN23-0d625-P" (Deribit writes the point of a strike as 'd'),
// "BTC-13FEB25-89000-P-USDT" (Bybit), "BTC-USD-220624-50000-C" (OKX). Nothing for any other name.
std::optional<OptionName> read_option_name(std::string_view name);

}  // namespace keystile::market
