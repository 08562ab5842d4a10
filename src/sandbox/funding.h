// Money that moves without trading: transfers, deposits, withdrawals.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sandbox/accounts.h"
#include "sandbox/wallets.h"

namespace keystile::sandbox {

struct FundingOptions {
  std::string wallet = "spot";   // where deposits arrive and withdrawals leave
  Millis processing_time{2000};  // kProcessing to kSent
  Millis chain_time{5000};       // kSent to kCompleted
};

// Error codes:
//   asset.unknown       network.unknown     account.unknown     wallet.unknown
//   transfer.amount     transfer.same       transfer.duplicate  transfer.forbidden
//   withdraw.amount     withdraw.address    withdraw.duplicate  withdraw.not_saved
//   withdraw.unknown    withdraw.too_late   balance.insufficient
class Funding {
 public:
  Funding(FundingOptions options, std::string exchange, Accounts& accounts, Wallets& wallets,
          const WallTime& now);

  void add_wallet(std::string kind);  // "spot", "funding", "unified"…: which transfers may name
  void add_network(Network network);
  std::vector<std::string> assets() const;
  std::vector<const Network*> networks(std::string_view asset) const;
  const Network* find_network(std::string_view asset, std::string_view name) const;

  // At once. Between accounts only within one master's family ("transfer.forbidden").
  Result<const TransferRecord*> transfer(const TransferRequest& request);
  std::vector<const TransferRecord*> transfers(
      AccountId account) const;  // from or to; oldest first

  // The same address for ever for the same account, asset and network.
  Result<std::string> deposit_address(AccountId account, std::string_view asset,
                                      std::string_view network) const;
  // Money arrives from outside.
  Result<const Deposit*> credit(AccountId account, std::string_view asset, std::string_view network,
                                const Decimal& amount);
  std::vector<const Deposit*> deposits(AccountId account) const;

  Result<const Withdrawal*> withdraw(const WithdrawRequest& request);
  // Only while kProcessing; the money comes back.
  Result<const Withdrawal*> cancel_withdrawal(AccountId account, uint64_t id);
  // Only while kProcessing; the money comes back, as when the exchange finds something wrong.
  Result<const Withdrawal*> fail_withdrawal(uint64_t id);
  std::vector<const Withdrawal*> withdrawals(AccountId account) const;
  std::vector<const Withdrawal*> all_withdrawals() const;
  // How long kProcessing and kSent take from now on, for those under way too.
  void set_times(Millis processing, Millis chain);
  // Money that left for good, by asset: for the books to balance.
  Decimal left(std::string_view asset) const;

  // With the list on, a withdrawal goes only to a saved address ("withdraw.not_saved").
  void require_saved_addresses(AccountId account, bool required);
  void save_address(AccountId account, SavedAddress address);
  std::vector<SavedAddress> saved_addresses(AccountId account) const;

  // Moves withdrawals on to the state that `now` asks for.
  void advance();

 private:
  Result<const Network*> network_of(std::string_view asset, std::string_view name) const;
  Status check_transfer(const TransferRequest& request) const;
  Status check_withdrawal(const WithdrawRequest& request, const Network& network) const;
  static Decimal cost(const WithdrawRequest& request, const Decimal& fee);
  void send(Withdrawal& withdrawal);
  Result<const Withdrawal*> give_back(Withdrawal& withdrawal, WithdrawalState state);

  FundingOptions options_;
  std::string exchange_;
  Accounts& accounts_;
  Wallets& wallets_;
  const WallTime& now_;
  std::vector<std::string> wallet_kinds_;
  std::deque<Network> networks_;
  std::deque<TransferRecord> transfers_;
  std::deque<Deposit> deposits_;
  std::deque<Withdrawal> withdrawals_;
  std::map<AccountId, std::vector<SavedAddress>> saved_;
  std::map<AccountId, bool> saved_only_;
  std::map<std::string, Decimal, std::less<>> left_;
};

}  // namespace keystile::sandbox
