// What accounts have to withdraw, as last read: which balances are to be read now, and what that
// says of a withdrawal that is asked for. What is not known is in nobody's way: no limit hangs on
// it, and the exchange sends nothing that is not there.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "exchanges/balances.h"
#include "policy/decide.h"
#include "quorum/proposals.h"

namespace keystile::signer {

class Holdings {
 public:
  static constexpr Millis kEvery = std::chrono::minutes{1};
  static constexpr Millis kFresh = std::chrono::minutes{5};  // an older balance is not known

  struct Question {
    std::string account, asset, wallet;
    auto operator<=>(const Question&) const = default;
  };

  explicit Holdings(const Clock& clock) : clock_(clock) {}

  // After a change of policy: of each account that may withdraw, what of the address book it could
  // send. All begins anew, since a name may now stand for another account: what is being read then
  // must not reach heard().
  void adopt(const policy::Policy& policy);

  // What is to be read now: one at a time of each account, which has waited longest. Each is being
  // read until heard() or put_off().
  std::vector<Question> due();
  // What one answer may tell, too: all of the same account and wallet, itself included.
  std::vector<Question> beside(const Question& question) const;
  void put_off(const Question& question, Millis time);
  // What came of reading, which began at `asked`.
  void heard(const Question& question, WallTime asked, const Result<exchanges::Held>& held);

  // Sets what is free of the asset, and promised, where it is known. "withdrawal.spent"
  Status look_up(const quorum::Proposals& proposals, const policy::Account& account,
                 std::string_view asset, policy::WithdrawalFacts* facts) const;

  // Of all wallets together out of which withdrawals go.
  struct Sum {
    exchanges::Held held;
    WallTime asked;  // the earliest
  };
  // For people.
  struct Row {
    std::string account, asset;
    std::optional<Sum> sum;  // none: not known now
    std::string trouble;     // what is in the way; empty: nothing
  };
  std::vector<Row> rows() const;

 private:
  struct Watched {
    MonoTime due{};
    bool running = false;
    std::optional<exchanges::Held> held;
    WallTime asked{};
    MonoTime read{};
    std::string trouble;
  };
  // None where that of one wallet is not known.
  std::optional<Sum> sum_of(std::string_view account, std::string_view asset) const;

  const Clock& clock_;
  std::map<Question, Watched> watched_;
};

}  // namespace keystile::signer
