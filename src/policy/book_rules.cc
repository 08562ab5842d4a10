#include "policy/book_rules.h"

#include <fmt/format.h>

namespace keystile::policy {
namespace {

using exchanges::OrderType;
using exchanges::Reason;
using exchanges::Side;

Denial unknown_book(const Leg& leg, const char* what) {
  return Denial{Reason::kUnavailable,
                fmt::format("{} order book of {} is known, and the grant asks for one", what,
                            leg.order().instrument)};
}

// The worst price that an order may get, so many basis points from where the market is.
Result<Decimal> bound_of(const Decimal& from, const Decimal& basis_points, bool buy) {
  KS_TRY(const Decimal fraction, basis_points.divided_by(Decimal(10'000), Rounding::kDown));
  KS_TRY(const Decimal factor, buy ? Decimal(1).plus(fraction) : Decimal(1).minus(fraction));
  return from.times(factor, buy ? Rounding::kDown : Rounding::kUp);
}

}  // namespace

Objection no_book(const Question& q, Leg& leg) {
  const Grant& grant = q.client->grant;
  if (!leg.opens() || (!grant.max_slippage_bps && !grant.min_depth)) return {};
  leg.walk = q.market->walk(leg.order(), leg.index);
  if (!leg.walk) return unknown_book(leg, "no");
  if (q.mono - leg.walk->at <= kMaxPriceAge) return {};
  leg.walk.reset();
  return unknown_book(leg, "no fresh");
}

// Two prices are looked at: the average of what the order takes at once; and, where some of it
// would rest, its own limit, at which all of the rest may be filled by whoever likes to.
Objection slips_too_far(const Question& q, Leg& leg) {
  const auto& limit = q.client->grant.max_slippage_bps;
  if (!limit || !leg.walk) return {};
  const bool buy = leg.order().side == Side::kBuy;
  const bool stop = leg.order().type == OrderType::kStopLimit;
  const bool limited = stop || leg.order().type == OrderType::kLimit;
  const Decimal from =
      stop && leg.order().trigger_price ? *leg.order().trigger_price : leg.walk->middle;
  const auto bound = bound_of(from, *limit, buy);
  if (!bound) return not_priced(bound.error());
  const auto beyond = [&](const Decimal& price) { return buy ? price > *bound : price < *bound; };
  const auto denial = [&](const std::string& what, const Decimal& price) {
    return Denial{Reason::kLimit, fmt::format("{} {}, which is beyond {}, {} basis points from {}",
                                              what, price.rounded(8, Rounding::kUp).str(),
                                              bound->str(), limit->str(), from.str())};
  };
  if (leg.walk->average && beyond(*leg.walk->average)) {
    return denial("the order would be filled at", *leg.walk->average);
  }
  if (!leg.walk->rests) return {};
  if (!limited) return Denial{Reason::kLimit, "the order book holds less than the order asks for"};
  if (leg.order().price && beyond(*leg.order().price)) {
    return denial("what is left of the order would rest at", *leg.order().price);
  }
  return {};
}

Objection too_thin(const Question& q, Leg& leg) {
  const auto& limit = q.client->grant.min_depth;
  if (!limit || !leg.walk) return {};
  const exchanges::Instrument* instrument =
      q.market->instrument(listed_as(leg.order().product), leg.order().instrument);
  if (!instrument) return unknown_book(leg, "no");
  const auto depth = in_currency(instrument->quote, leg.walk->depth, *q.market, q.mono);
  if (!depth) return not_priced(depth.error());
  if (*depth >= *limit) return {};
  return Denial{Reason::kLimit, fmt::format("within 1% of the market {} is offered, less than {}",
                                            money(*depth, q), money(*limit, q))};
}

}  // namespace keystile::policy
