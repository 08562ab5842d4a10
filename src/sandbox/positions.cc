#include "sandbox/positions.h"

#include "sandbox/money.h"

namespace keystile::sandbox {
namespace {

constexpr int kDefaultLeverage = 10;
constexpr int kMaxLeverage = 125;

}  // namespace

Position Positions::position(AccountId account, std::string_view instrument) const {
  const auto found = positions_.find(Key{account, instrument});
  return found == positions_.end() ? Position{} : found->second;
}

int Positions::leverage(AccountId account, std::string_view instrument) const {
  const auto found = leverage_.find(Key{account, instrument});
  return found == leverage_.end() ? kDefaultLeverage : found->second;
}

Status Positions::set_leverage(AccountId account, std::string_view instrument, int leverage) {
  if (leverage < 1 || leverage > kMaxLeverage) {
    return fail("position.leverage", "the leverage must be from 1 to 125");
  }
  leverage_[Key{account, instrument}] = leverage;
  return {};
}

Decimal Positions::margin_for(AccountId account, const Instrument& instrument,
                              const Decimal& notional) const {
  return divide(notional, Decimal(leverage(account, instrument.id)), Rounding::kUp);
}

Decimal Positions::apply(AccountId account, const Instrument& instrument,
                         const Decimal& signed_quantity, const Decimal& price,
                         Decimal* order_lock) {
  Position& position = positions_[Key{account, instrument.id}];
  Decimal opening = signed_quantity, realised;
  if (!position.quantity.is_zero() &&
      position.quantity.is_negative() != signed_quantity.is_negative()) {
    const Decimal closing = smaller(absolute(position.quantity), absolute(signed_quantity));
    realised = close(account, instrument, &position, closing, price);
    opening = signed_quantity.is_negative() ? signed_quantity + closing : signed_quantity - closing;
  }
  const Decimal cost = opening * instrument.contract_size * price;
  position.quantity += opening;
  position.cost += cost;
  if (account != kHouse) {
    const Decimal margin = smaller(*order_lock, margin_for(account, instrument, absolute(cost)));
    position.margin += margin;
    *order_lock -= margin;
  }
  return realised;
}

Decimal Positions::close(AccountId account, const Instrument& instrument, Position* position,
                         const Decimal& quantity, const Decimal& price) {
  const Decimal size = absolute(position->quantity);
  const bool all = quantity == size;
  const auto share = [&](const Decimal& whole) {
    return all ? whole : divide(whole * quantity, size, Rounding::kDown);
  };
  const bool is_short = position->quantity.is_negative();
  const Decimal closed = is_short ? quantity.negated() : quantity;
  const Decimal cost = share(position->cost), margin = share(position->margin);
  const Decimal realised = closed * instrument.contract_size * price - cost;
  position->quantity -= closed;
  position->cost -= cost;
  position->margin -= margin;
  position->realised += realised;
  wallets_.unlock(account, instrument.wallet, instrument.quote, margin);
  pay(account, instrument, realised);
  return realised;
}

void Positions::pay(AccountId account, const Instrument& instrument, const Decimal& amount) {
  if (!amount.is_negative()) {
    wallets_.credit(account, instrument.wallet, instrument.quote, amount);
    return;
  }
  const Decimal owed = amount.negated();
  const Decimal has = wallets_.balance(account, instrument.wallet, instrument.quote).free;
  const Decimal paid = account == kHouse ? owed : smaller(owed, has);
  // Cannot fail: paid is at most what is free, and the house may owe.
  (void)wallets_.debit(account, instrument.wallet, instrument.quote, paid);
  (void)wallets_.debit(kHouse, instrument.wallet, instrument.quote, owed - paid);
}

void Positions::charge(AccountId account, const Instrument& instrument, const Decimal& fee) {
  pay(account, instrument, fee.negated());
  wallets_.credit(kHouse, instrument.wallet, instrument.quote, fee);
}

}  // namespace keystile::sandbox
