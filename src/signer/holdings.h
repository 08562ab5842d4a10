// What accounts have to withdraw and to transfer, as last read: which balances are to be read now,
// and what that says of what people are asked for. What is not known is in nobody's way: no limit
// hangs on it, and the exchange sends nothing that is not there.
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
  // send; of each wallet out of which programs may ask people for transfers, their assets. All
  // begins anew, since a name may now stand for another account: what is being read then must not
  // reach heard().
  void adopt(const policy::Policy& policy);

  // What is to be read now: one at a time of each account, which has waited longest. Each is being
  // read until heard() or put_off().
  std::vector<Question> due();
  // What one answer may tell, too: all of the same account and wallet, itself included.
  std::vector<Question> beside(const Question& question) const;
  void put_off(const Question& question, Millis time);
  // What came of reading, which began at `asked`.
  void heard(const Question& question, WallTime asked, const Result<exchanges::Held>& held);

  // Of what the account has to withdraw; none where that is not known. "withdrawal.spent"
  Result<std::optional<policy::Cover>> cover_of(const quorum::Proposals& proposals,
                                                const policy::Account& account,
                                                std::string_view asset) const;
  // Of what a transfer takes from the account, as far as it is known: of its wallet, and of what
  // could be withdrawn else. "withdrawal.spent"
  Result<std::vector<policy::Cover>> covers_of(const quorum::Proposals& proposals,
                                               const policy::Account& account,
                                               const quorum::Transfer& facts) const;

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
    bool for_withdrawals = false;  // they leave from there
    MonoTime due{};
    bool running = false;
    std::optional<exchanges::Held> held;
    WallTime asked{};
    MonoTime read{};
    std::string trouble;
  };
  void watch_withdrawals(const policy::Policy& policy, const policy::Account& account);
  void watch_transfers(const policy::Policy& policy, const policy::Client& client);
  const std::pair<const Question, Watched>* find(const policy::Account& account,
                                                 std::string_view asset,
                                                 std::string_view wallet) const;
  bool is_known(const Watched& watched) const;
  // None where that of one wallet is not known.
  std::optional<Sum> sum_of(std::string_view account, std::string_view asset) const;

  const Clock& clock_;
  std::map<Question, Watched> watched_;
};

}  // namespace keystile::signer
