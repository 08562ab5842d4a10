// Linear positions: one-way, isolated margin, no liquidation. What a loser cannot pay the house
// pays, so that the books always balance.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "sandbox/model.h"
#include "sandbox/wallets.h"

namespace keystile::sandbox {

class Positions {
 public:
  explicit Positions(Wallets& wallets) : wallets_(wallets) {}

  Position position(AccountId account, std::string_view instrument) const;
  // Applies one side of a fill: closes first, then opens. Margin for what it opens comes out of
  // *order_lock (amounts locked in the wallet). Returns the realised profit, already paid.
  Decimal apply(AccountId account, const Instrument& instrument, const Decimal& signed_quantity,
                const Decimal& price, Decimal* order_lock);
  // A fee. The house pays what the account cannot.
  void charge(AccountId account, const Instrument& instrument, const Decimal& fee);

  int leverage(AccountId account, std::string_view instrument) const;
  Status set_leverage(AccountId account, std::string_view instrument, int leverage);
  Decimal margin_for(AccountId account, const Instrument& instrument,
                     const Decimal& notional) const;

 private:
  using Key = std::pair<AccountId, std::string>;
  void pay(AccountId account, const Instrument& instrument, const Decimal& amount);
  Decimal close(AccountId account, const Instrument& instrument, Position* position,
                const Decimal& quantity, const Decimal& price);

  Wallets& wallets_;
  std::map<Key, Position> positions_;
  std::map<Key, int> leverage_;
};

}  // namespace keystile::sandbox
