#include "feed/slippage.h"

#include <algorithm>

namespace keystile::feed {
namespace {

constexpr int kBasisPointDigits = 4;

Result<Decimal> middle(const Decimal& bid, const Decimal& ask) {
  KS_TRY(const Decimal sum, bid.plus(ask));
  return sum.divided_by(Decimal(2), Rounding::kUp);
}

// average is on the wrong side of mid, or equals it.
Result<Decimal> basis_points(const Decimal& average, const Decimal& mid) {
  KS_TRY(Decimal apart, average.minus(mid));
  if (apart.is_negative()) apart = apart.negated();
  KS_TRY(const Decimal scaled, apart.times(Decimal(10'000), Rounding::kUp));
  KS_TRY(const Decimal points, scaled.divided_by(mid, Rounding::kUp));
  return points.rounded(kBasisPointDigits, Rounding::kUp);
}

}  // namespace

Result<Slippage> slippage(const Depth& depth, market::Side side, const Decimal& size) {
  if (depth.health != market::Health::kGood || depth.bids.empty() || depth.asks.empty()) {
    return fail("slippage.book", "the book is not whole, or crossed", ErrorClass::kRetryable);
  }
  const bool buys = side == market::Side::kBuy;
  const Rounding against = buys ? Rounding::kUp : Rounding::kDown;
  KS_TRY(const Decimal bid, depth.bids.front().price.to_decimal());
  KS_TRY(const Decimal ask, depth.asks.front().price.to_decimal());
  Slippage out;
  out.best_price = buys ? ask : bid;
  KS_TRY(out.mid_price, middle(bid, ask));
  Decimal left = size;
  for (const market::Level& level : buys ? depth.asks : depth.bids) {
    if (!left.is_positive()) break;
    KS_TRY(const Decimal price, level.price.to_decimal());
    KS_TRY(const Decimal offered, level.amount.to_decimal());
    const Decimal taken = std::min(left, offered);
    KS_TRY(const Decimal part, price.times(taken, against));
    KS_TRY(out.cost, out.cost.plus(part));
    KS_TRY(out.filled, out.filled.plus(taken));
    KS_TRY(left, left.minus(taken));
    out.worst_price = price;
    ++out.levels;
  }
  out.is_enough = left.is_zero();
  KS_TRY(out.average_price, out.cost.divided_by(out.filled, against));
  KS_TRY(out.basis_points, basis_points(out.average_price, out.mid_price));
  return out;
}

}  // namespace keystile::feed
