#include "policy/walk.h"

#include <algorithm>

namespace keystile::policy {
namespace {

using exchanges::Instrument;
using exchanges::OrderLeg;
using exchanges::OrderType;
using exchanges::Side;
using Level = OrderBook::Level;

Result<Decimal> value_of(const Decimal& price, const Decimal& amount, const Instrument& instrument,
                         Rounding rounding) {
  KS_TRY(const Decimal units, amount.times(instrument.contract_size, rounding));
  if (instrument.notional_is_contract) return units;
  return units.times(price, rounding);
}

// How much of a level's amount an order takes that has so much of the quote asset left.
Result<Decimal> bought_with(const Decimal& left, const Level& level, const Decimal& value) {
  if (left >= value) return level.amount;
  KS_TRY(const Decimal part, level.amount.times(left, Rounding::kUp));
  return part.divided_by(value, Rounding::kUp);
}

// What is taken from one side of the book, level by level. The average of inverse contracts is
// taken by contracts too: above what is really paid by a hair.
class Taking {
 public:
  Taking(const OrderLeg& order, const Instrument& instrument)
      : order_(order),
        instrument_(instrument),
        against_(order.side == Side::kBuy ? Rounding::kUp : Rounding::kDown),
        left_(order.quantity ? *order.quantity : *order.quote_quantity) {}

  // What is taken is not there any more.
  Status from(std::vector<Level>* levels) {
    for (Level& level : *levels) {
      if (!left_.is_positive() || is_beyond_limit(level.price)) break;
      KS_CHECK(take(&level));
    }
    std::erase_if(*levels, [](const Level& level) { return !level.amount.is_positive(); });
    return {};
  }
  bool rests() const { return left_.is_positive(); }
  Result<Decimal> average() const { return cost_.divided_by(filled_, against_); }
  bool any() const { return filled_.is_positive(); }

 private:
  bool is_beyond_limit(const Decimal& price) const {
    if (!order_.price) return false;
    return order_.side == Side::kBuy ? price > *order_.price : price < *order_.price;
  }

  Status take(Level* level) {
    Decimal taken = std::min(left_, level->amount), used = taken;
    if (order_.quote_quantity) {
      KS_TRY(const Decimal value,
             value_of(level->price, level->amount, instrument_, Rounding::kDown));
      if (!value.is_positive()) return {};
      KS_TRY(taken, bought_with(left_, *level, value));
      used = std::min(left_, value);
    }
    KS_TRY(const Decimal cost, level->price.times(taken, against_));
    KS_TRY(cost_, cost_.plus(cost));
    KS_TRY(filled_, filled_.plus(taken));
    KS_TRY(left_, left_.minus(used));
    KS_TRY(level->amount, level->amount.minus(taken));
    return {};
  }

  const OrderLeg& order_;
  const Instrument& instrument_;
  const Rounding against_;
  Decimal left_;  // of the order, in what it is given in
  Decimal filled_, cost_;
};

Result<Decimal> depth_of(const std::vector<Level>& levels, bool asks, const Decimal& middle,
                         const Instrument& instrument) {
  const Decimal band = Decimal::parse(kDepthBand).value();
  KS_TRY(const Decimal factor, asks ? Decimal(1).plus(band) : Decimal(1).minus(band));
  KS_TRY(const Decimal bound, middle.times(factor, asks ? Rounding::kDown : Rounding::kUp));
  Decimal depth;
  for (const Level& level : levels) {
    if (asks ? level.price > bound : level.price < bound) break;
    KS_TRY(const Decimal value, value_of(level.price, level.amount, instrument, Rounding::kDown));
    KS_TRY(depth, depth.plus(value));
  }
  return depth;
}

tl::unexpected<Error> unknown(std::string why) {
  return fail("book.unknown", std::move(why), ErrorClass::kRetryable);
}

Status check(const OrderBook& book, const OrderLeg& order) {
  if (book.bids.empty() || book.asks.empty()) return unknown("one side of the book is empty");
  if (book.bids.front().price >= book.asks.front().price) return unknown("the book is crossed");
  const bool limited = order.type == OrderType::kLimit || order.type == OrderType::kStopLimit;
  const bool has_amount = order.quantity.has_value() != order.quote_quantity.has_value();
  if (!has_amount || (limited && !order.price))
    return unknown("the order names no amount or price");
  return {};
}

}  // namespace

Result<Walk> BookWalk::next(const OrderLeg& order, const Instrument& instrument) {
  KS_CHECK(check(whole_, order));
  const bool buy = order.side == Side::kBuy;
  Walk found;
  found.at = whole_.at;
  KS_TRY(const Decimal sum, whole_.bids.front().price.plus(whole_.asks.front().price));
  KS_TRY(found.middle, sum.divided_by(Decimal(2), buy ? Rounding::kDown : Rounding::kUp));
  KS_TRY(found.depth, depth_of(buy ? whole_.asks : whole_.bids, buy, found.middle, instrument));
  Taking taking(order, instrument);
  const bool takes = !order.post_only && order.type != OrderType::kStopLimit;
  if (takes) {
    KS_CHECK(taking.from(buy ? &left_.asks : &left_.bids));
  }
  found.rests = taking.rests();
  if (taking.any()) {
    KS_TRY(found.average, taking.average());
  }
  return found;
}

}  // namespace keystile::policy
