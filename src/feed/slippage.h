// What an order of a size would get from a book as it stands. Exact decimals; amounts are in the
// exchange's unit of that market, coins or contracts.
#pragma once

#include "base/decimal.h"
#include "feed/state.h"

namespace keystile::feed {

struct Slippage {
  Decimal filled;  // of the size; all of it where there is enough
  Decimal cost;    // the sum of price x amount: paid by a buyer (rounded up), got by a seller
                   // (down)
  Decimal average_price;  // rounded against the order
  Decimal best_price, worst_price;
  Decimal mid_price;     // halfway between the best bid and ask
  Decimal basis_points;  // by which the average is worse than the middle; 4 digits, rounded up
  size_t levels = 0;     // that it takes from
  bool is_enough = false;
};

// side: the order's, kBuy or kSell. size: above zero. "slippage.book": the book is not whole, not
// two-sided, or crossed; "decimal.range": numbers beyond what is reckoned with.
Result<Slippage> slippage(const Depth& depth, market::Side side, const Decimal& size);

}  // namespace keystile::feed
