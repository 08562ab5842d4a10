#include <array>

#include "exchanges/binance/binance.h"
#include "exchanges/bybit/bybit.h"
#include "exchanges/exchange.h"
#include "exchanges/okx/okx.h"

namespace keystile::exchanges {

std::span<const Exchange* const> all_exchanges() {
  static const std::vector<const Exchange*> all{&binance::exchange(), &okx::exchange(),
                                                &bybit::exchange()};
  return all;
}

const Exchange* find_exchange(std::string_view name) {
  for (const Exchange* exchange : all_exchanges()) {
    if (exchange->name() == name) return exchange;
  }
  return nullptr;
}

}  // namespace keystile::exchanges
