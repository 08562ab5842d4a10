// Bybit's market messages: see market.h. The first line's length chooses the product.
#include "fuzz/check.h"
#include "fuzz/market.h"

KS_FUZZ_TARGET(input) {
  constexpr std::string_view kProducts[] = {"bybit-spot", "bybit-linear", "bybit-inverse",
                                            "bybit-option"};
  keystile::fuzz::read_market(kProducts, input);
}
