#include "exchanges/found_order.h"

#include "base/encoding.h"

namespace keystile::exchanges {
namespace {

// Our clock, by which we know when it was sent, may have been set in between.
constexpr std::chrono::minutes kClockSet{1};

std::optional<Side> read_side(std::string_view text) {
  for (const Side side : {Side::kBuy, Side::kSell}) {
    if (equals_ignore_case(text, to_string(side))) return side;
  }
  return std::nullopt;
}

std::optional<Decimal> read_amount(std::string_view text) {
  const auto amount = Decimal::parse(text);
  return amount ? std::optional(*amount) : std::nullopt;
}

bool differ(const std::optional<Decimal>& sent, const std::optional<Decimal>& shown) {
  return sent && shown && *sent != *shown;
}

}  // namespace

Result<Decimal> read_filled(std::string_view text) {
  if (text.empty()) return Decimal();
  const auto filled = Decimal::parse(text);
  if (filled && !filled->is_negative()) return *filled;
  return fail("exchange.answer", "the exchange tells an executed quantity that cannot be",
              ErrorClass::kRetryable);
}

OrderTerms read_terms(const ShownTerms& shown) {
  OrderTerms terms;
  terms.instrument = shown.instrument;
  terms.side = read_side(shown.side);
  terms.quantity = read_amount(shown.quantity);
  terms.price = read_amount(shown.price);
  const auto created = parse_uint64(shown.created);
  if (created && *created <= INT64_MAX) {
    terms.created = from_epoch_ms(static_cast<int64_t>(*created));
  }
  return terms;
}

bool contradicts(const OrderLeg& sent, WallTime sent_at, const OrderTerms& shown) {
  if (!shown.instrument.empty() && shown.instrument != sent.instrument) return true;
  if (shown.side && *shown.side != sent.side) return true;
  if (shown.created && *shown.created < sent_at - kClockSet) return true;
  // Exchanges fill in what a market or conditional order leaves open, and cut what only reduces.
  if (sent.type != OrderType::kLimit || sent.conditional) return false;
  if (differ(sent.price, shown.price)) return true;
  return !sent.reduce_only && differ(sent.quantity, shown.quantity);
}

}  // namespace keystile::exchanges
