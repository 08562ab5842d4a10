// Keeps an eye on the working balances that the policy names: which are to be read now, and what
// comes of what was read. It only proposes; people decide, and the executor moves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "exchanges/balances.h"
#include "policy/decide.h"
#include "signer/realm.h"

namespace keystile::signer {

class WorkingBalances {
 public:
  // Before it asks again for what people have not wanted, or what has failed.
  static constexpr Millis kAskAgain = std::chrono::hours{24};

  WorkingBalances(Realm& realm, const Clock& clock, Random& random)
      : realm_(realm), clock_(clock), random_(random) {}

  // After a change of policy. All begins anew: what was read, or is being read, is of the rules
  // before, and must not reach heard().
  void adopt();

  // The rules whose balance is to be read now. Each is being read until heard() or put_off().
  std::vector<const policy::WorkingBalance*> due();
  void put_off(const std::string& rule, Millis time);

  // What came of reading, which began at `asked`. Proposes what brings the balance back, unless a
  // proposal of this rule is open, or ended too short a time ago; or writes "balance.low", once a
  // day as long as it is. market: of the account's exchange.
  void heard(const std::string& rule, WallTime asked, const Result<exchanges::Held>& held,
             const policy::MarketReference& market);

  // For people: of each rule the balance as last read, and what is in the way.
  json::Array status() const;

 private:
  struct Watched {
    MonoTime due{};
    bool running = false;
    std::optional<exchanges::Held> held;
    WallTime read{}, told{};  // when its balance was read; when people were told that it is low
    std::string trouble;
  };

  bool may_ask(const policy::WorkingBalance& rule, WallTime asked) const;
  Status act(const policy::WorkingBalance& rule, const policy::Correction& correction,
             WallTime asked, const policy::MarketReference& market);
  Result<Decimal> spare(const policy::WorkingBalance& rule, const policy::Correction& correction,
                        WallTime asked) const;
  Status tell(const policy::WorkingBalance& rule, Watched* watched);

  Realm& realm_;
  const Clock& clock_;
  Random& random_;
  std::map<std::string, Watched> watched_;  // by rule
};

}  // namespace keystile::signer
