#include "policy/pricing.h"

#include <algorithm>

namespace keystile::policy {
namespace {

using exchanges::Instrument;
using exchanges::LegAction;
using exchanges::OrderLeg;
using exchanges::OrderType;
using exchanges::Product;
using exchanges::Side;

tl::unexpected<Error> unknown(std::string why, ErrorClass kind = ErrorClass::kRefused) {
  return fail("notional.unknown", std::move(why), kind);
}

Result<Decimal> fresh(const std::optional<MarketReference::Quote>& quote, MonoTime mono,
                      std::string_view what) {
  const std::string name(what);
  if (!quote || !quote->price.is_positive()) {
    return unknown("no reference price of " + name + " is known", ErrorClass::kRetryable);
  }
  if (mono - quote->at > kMaxPriceAge) {
    return unknown("the reference price of " + name + " is too old", ErrorClass::kRetryable);
  }
  return quote->price;
}

Status check_amounts(const OrderLeg& leg) {
  for (const auto& amount : {leg.quantity, leg.quote_quantity, leg.price, leg.trigger_price}) {
    if (amount && !amount->is_positive()) {
      return unknown("an order's quantity and prices must be above zero");
    }
  }
  if (leg.quantity.has_value() == leg.quote_quantity.has_value()) {
    return unknown("an order must give its quantity, or its amount in the quote asset");
  }
  const bool limited = leg.type == OrderType::kLimit || leg.type == OrderType::kStopLimit;
  if (limited && !leg.price) return unknown("a limit order must give its price");
  const bool stop = leg.type == OrderType::kStopLimit || leg.type == OrderType::kStopMarket;
  if (stop && !leg.trigger_price) return unknown("a stop order must give its trigger price");
  if (leg.type == OrderType::kTrailingStop) {
    return unknown(
        "where a trailing stop will fill cannot be known beforehand; it may only reduce a "
        "position");
  }
  return {};
}

// The price and, where nobody promises it, what the market may move until it fills.
Result<Decimal> slipped(const Decimal& price, const Grant& grant) {
  KS_TRY(const Decimal factor, Decimal(1).plus(slippage_of(grant)));
  return price.times(factor, Rounding::kUp);
}

// The highest price at which the order can fill. A limit buy never pays more than its limit; a
// limit sell below the market fills at the market's better prices.
Result<Decimal> worst_price(const OrderLeg& leg, const Grant& grant, const MarketReference& market,
                            MonoTime mono) {
  const bool limited = leg.type == OrderType::kLimit || leg.type == OrderType::kStopLimit;
  if (limited && leg.side == Side::kBuy) return *leg.price;
  KS_TRY(Decimal highest, reference_price(leg, market, mono));
  if (leg.trigger_price) highest = std::max(highest, *leg.trigger_price);
  KS_TRY(const Decimal worst, slipped(highest, grant));
  return limited ? std::max(worst, *leg.price) : worst;
}

// Writing an option risks the underlying, not the premium.
Result<Decimal> written_option(const Decimal& units, const Instrument& option, const Grant& grant,
                               const MarketReference& market, MonoTime mono) {
  for (Product product : {Product::kSpot, Product::kLinear, Product::kInverse}) {
    const Instrument* underlying = market.instrument(product, option.underlying);
    if (!underlying) continue;
    KS_TRY(const Decimal price,
           fresh(market.price(product, option.underlying), mono, option.underlying));
    KS_TRY(const Decimal worst, slipped(price, grant));
    KS_TRY(const Decimal amount, units.times(worst, Rounding::kUp));
    return in_currency(underlying->quote, amount, market, mono);
  }
  return unknown("the underlying of " + option.symbol + " is not known", ErrorClass::kRetryable);
}

}  // namespace

const Decimal& slippage_of(const Grant& grant) {
  static const Decimal kWithoutBand = Decimal::parse("0.05").value();
  return grant.price_band_set ? grant.price_band : kWithoutBand;
}

Product listed_as(Product product) {
  return product == Product::kMargin ? Product::kSpot : product;
}

bool only_reduces(const OrderLeg& leg) {
  return (leg.reduce_only || leg.close_position) && leg.product != Product::kSpot && !leg.borrows;
}

bool only_reduces(const exchanges::Intent& intent) {
  if (intent.act == exchanges::Act::kCancelAll) return true;
  return intent.act == exchanges::Act::kOrders && !intent.legs.empty() &&
         std::all_of(intent.legs.begin(), intent.legs.end(), [](const OrderLeg& leg) {
           return leg.action == LegAction::kCancel || only_reduces(leg);
         });
}

Result<Decimal> reference_price(const OrderLeg& leg, const MarketReference& market, MonoTime mono) {
  return fresh(market.price(listed_as(leg.product), leg.instrument), mono, leg.instrument);
}

Result<Decimal> in_currency(std::string_view asset, const Decimal& amount,
                            const MarketReference& market, MonoTime mono) {
  KS_TRY(const Decimal price, fresh(market.asset_price(asset), mono, asset));
  return amount.times(price, Rounding::kUp);
}

Result<Decimal> leg_notional(const OrderLeg& leg, const Grant& grant, const MarketReference& market,
                             MonoTime mono) {
  if (leg.action == LegAction::kCancel || only_reduces(leg)) return Decimal{};
  KS_CHECK(check_amounts(leg));
  const Instrument* instrument = market.instrument(listed_as(leg.product), leg.instrument);
  if (!instrument) {
    return unknown(leg.instrument + " is not a known " +
                       std::string(exchanges::to_string(leg.product)) + " instrument",
                   ErrorClass::kRetryable);
  }
  if (leg.quote_quantity) return in_currency(instrument->quote, *leg.quote_quantity, market, mono);
  KS_TRY(const Decimal units, leg.quantity->times(instrument->contract_size, Rounding::kUp));
  if (leg.product == Product::kOption && leg.side == Side::kSell) {
    return written_option(units, *instrument, grant, market, mono);
  }
  if (instrument->notional_is_contract) return in_currency(instrument->quote, units, market, mono);
  KS_TRY(const Decimal price, worst_price(leg, grant, market, mono));
  KS_TRY(const Decimal amount, units.times(price, Rounding::kUp));
  return in_currency(instrument->quote, amount, market, mono);
}

}  // namespace keystile::policy
