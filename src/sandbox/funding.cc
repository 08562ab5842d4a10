#include "sandbox/funding.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "sandbox/money.h"

namespace keystile::sandbox {
namespace {

constexpr uint64_t kFirstTransfer = 70'000'001, kFirstDeposit = 50'000'001,
                   kFirstWithdrawal = 60'000'001;

// Addresses that look like the network's own. They are hashes: nobody holds a key to them.
std::string address_like(std::string_view network, std::string_view seed) {
  const std::string hex = hex_encode(crypto::sha256(seed));
  if (network == "BTC") return "bc1q" + hex.substr(0, 38);
  if (network == "TRX") return "T" + hex.substr(0, 33);
  if (network == "SOL") return hex.substr(0, 44);
  return "0x" + hex.substr(0, 40);
}

std::string transaction_like(std::string_view exchange, std::string_view what, uint64_t id) {
  return hex_encode(
      crypto::sha256(std::string(exchange) + "/" + std::string(what) + "/" + std::to_string(id)));
}

template <class Record, class Wanted>
std::vector<const Record*> select(const std::deque<Record>& records, Wanted wanted) {
  std::vector<const Record*> found;
  for (const Record& record : records) {
    if (wanted(record)) found.push_back(&record);
  }
  return found;
}

}  // namespace

Funding::Funding(FundingOptions options, std::string exchange, Accounts& accounts, Wallets& wallets,
                 const WallTime& now)
    : options_(std::move(options)),
      exchange_(std::move(exchange)),
      accounts_(accounts),
      wallets_(wallets),
      now_(now) {}

void Funding::add_wallet(std::string kind) { wallet_kinds_.push_back(std::move(kind)); }

void Funding::add_network(Network network) { networks_.push_back(std::move(network)); }

std::vector<std::string> Funding::assets() const {
  std::vector<std::string> names;
  for (const Network& network : networks_) {
    if (std::find(names.begin(), names.end(), network.asset) == names.end()) {
      names.push_back(network.asset);
    }
  }
  return names;
}

std::vector<const Network*> Funding::networks(std::string_view asset) const {
  return select(networks_, [&](const Network& network) { return network.asset == asset; });
}

const Network* Funding::find_network(std::string_view asset, std::string_view name) const {
  for (const Network& network : networks_) {
    if (network.asset == asset && network.name == name) return &network;
  }
  return nullptr;
}

Result<const Network*> Funding::network_of(std::string_view asset, std::string_view name) const {
  if (networks(asset).empty()) return fail("asset.unknown", "there is no such asset");
  const Network* network = find_network(asset, name);
  if (!network) return fail("network.unknown", "the asset does not move over that network");
  return network;
}

// --- transfers ----------------------------------------------------------------------------------

Status Funding::check_transfer(const TransferRequest& request) const {
  if (networks(request.asset).empty()) return fail("asset.unknown", "there is no such asset");
  for (const std::string& wallet : {request.from_wallet, request.to_wallet}) {
    if (std::find(wallet_kinds_.begin(), wallet_kinds_.end(), wallet) == wallet_kinds_.end()) {
      return fail("wallet.unknown", "there is no such kind of wallet");
    }
  }
  if (!is_amount(request.amount)) {
    return fail("transfer.amount", "the amount is not a positive amount");
  }
  if (!accounts_.find(request.from_account) || !accounts_.find(request.to_account)) {
    return fail("account.unknown", "there is no such account");
  }
  if (!accounts_.same_family(request.from_account, request.to_account)) {
    return fail("transfer.forbidden", "the accounts belong to different masters");
  }
  if (request.from_account == request.to_account && request.from_wallet == request.to_wallet) {
    return fail("transfer.same", "the transfer goes where it comes from");
  }
  const bool repeated =
      !request.client_id.empty() &&
      std::any_of(transfers_.begin(), transfers_.end(), [&](const TransferRecord& record) {
        return record.request.from_account == request.from_account &&
               record.request.client_id == request.client_id;
      });
  if (repeated) return fail("transfer.duplicate", "a transfer of that client id exists");
  return {};
}

Result<const TransferRecord*> Funding::transfer(const TransferRequest& request) {
  KS_CHECK(check_transfer(request));
  KS_CHECK(
      wallets_.debit(request.from_account, request.from_wallet, request.asset, request.amount));
  wallets_.credit(request.to_account, request.to_wallet, request.asset, request.amount);
  transfers_.push_back({kFirstTransfer + transfers_.size(), request, now_});
  return &transfers_.back();
}

std::vector<const TransferRecord*> Funding::transfers(AccountId account) const {
  return select(transfers_, [&](const TransferRecord& record) {
    return record.request.from_account == account || record.request.to_account == account;
  });
}

// --- deposits -----------------------------------------------------------------------------------

Result<std::string> Funding::deposit_address(AccountId account, std::string_view asset,
                                             std::string_view network) const {
  KS_TRY(const Network* found, network_of(asset, network));
  // One address serves all assets of a network, as on the chains themselves.
  return address_like(
      found->name, exchange_ + "/deposit/" + std::to_string(number(account)) + "/" + found->name);
}

Result<const Deposit*> Funding::credit(AccountId account, std::string_view asset,
                                       std::string_view network, const Decimal& amount) {
  if (!accounts_.find(account)) return fail("account.unknown", "there is no such account");
  if (!is_amount(amount)) return fail("transfer.amount", "the amount is not a positive amount");
  KS_TRY(std::string address, deposit_address(account, asset, network));
  wallets_.credit(account, options_.wallet, asset, amount);
  const uint64_t id = kFirstDeposit + deposits_.size();
  deposits_.push_back({id, account, std::string(asset), std::string(network), std::move(address),
                       transaction_like(exchange_, "deposit", id), amount, now_});
  return &deposits_.back();
}

std::vector<const Deposit*> Funding::deposits(AccountId account) const {
  return select(deposits_, [&](const Deposit& deposit) { return deposit.account == account; });
}

// --- withdrawals --------------------------------------------------------------------------------

Status Funding::check_withdrawal(const WithdrawRequest& request, const Network& network) const {
  if (!accounts_.find(request.account)) return fail("account.unknown", "there is no such account");
  if (!is_amount(request.amount) || request.amount < network.withdraw_min ||
      (request.fee_included && request.amount <= network.withdraw_fee)) {
    return fail("withdraw.amount", "the amount must be at least " + network.withdraw_min.str());
  }
  if (request.address.size() < 20 || request.address.size() > 128) {
    return fail("withdraw.address", "that is no address of the network");
  }
  const auto own = withdrawals(request.account);
  if (!request.client_id.empty() &&
      std::any_of(own.begin(), own.end(), [&](const Withdrawal* withdrawal) {
        return withdrawal->request.client_id == request.client_id;
      })) {
    return fail("withdraw.duplicate", "a withdrawal of that client id exists");
  }
  const auto only_saved = saved_only_.find(request.account);
  if (only_saved != saved_only_.end() && only_saved->second) {
    const auto saved = saved_addresses(request.account);
    if (std::none_of(saved.begin(), saved.end(), [&](const SavedAddress& entry) {
          return entry.asset == request.asset && entry.network == request.network &&
                 entry.address == request.address && entry.tag == request.tag;
        })) {
      return fail("withdraw.not_saved", "the address is not in the account's address book");
    }
  }
  return {};
}

Result<const Withdrawal*> Funding::withdraw(const WithdrawRequest& asked) {
  KS_TRY(const Network* network, network_of(asked.asset, asked.network));
  KS_CHECK(check_withdrawal(asked, *network));
  WithdrawRequest request = asked;
  if (request.wallet.empty()) request.wallet = options_.wallet;
  const Decimal held = cost(request, network->withdraw_fee);
  KS_CHECK(wallets_.lock(request.account, request.wallet, request.asset, held));
  Withdrawal& added = withdrawals_.emplace_back();
  added.id = kFirstWithdrawal + withdrawals_.size() - 1;
  added.request = std::move(request);
  added.fee = network->withdraw_fee;
  added.created = added.updated = now_;
  return &added;
}

Decimal Funding::cost(const WithdrawRequest& request, const Decimal& fee) {
  return request.fee_included ? request.amount : request.amount + fee;
}

Result<const Withdrawal*> Funding::give_back(Withdrawal& withdrawal, WithdrawalState state) {
  if (withdrawal.state != WithdrawalState::kProcessing) {
    return fail("withdraw.too_late", "the withdrawal has left or is over");
  }
  const WithdrawRequest& request = withdrawal.request;
  wallets_.unlock(request.account, request.wallet, request.asset, cost(request, withdrawal.fee));
  withdrawal.state = state;
  withdrawal.updated = now_;
  return &withdrawal;
}

Result<const Withdrawal*> Funding::cancel_withdrawal(AccountId account, uint64_t id) {
  for (Withdrawal& withdrawal : withdrawals_) {
    if (withdrawal.id == id && withdrawal.request.account == account) {
      return give_back(withdrawal, WithdrawalState::kCancelled);
    }
  }
  return fail("withdraw.unknown", "the account has no such withdrawal");
}

Result<const Withdrawal*> Funding::fail_withdrawal(uint64_t id) {
  for (Withdrawal& withdrawal : withdrawals_) {
    if (withdrawal.id == id) return give_back(withdrawal, WithdrawalState::kFailed);
  }
  return fail("withdraw.unknown", "there is no such withdrawal");
}

void Funding::set_times(Millis processing, Millis chain) {
  options_.processing_time = processing;
  options_.chain_time = chain;
}

void Funding::advance() {
  for (Withdrawal& withdrawal : withdrawals_) {
    if (withdrawal.state == WithdrawalState::kProcessing &&
        now_ >= withdrawal.created + options_.processing_time) {
      send(withdrawal);
    }
    if (withdrawal.state == WithdrawalState::kSent &&
        now_ >= withdrawal.updated + options_.chain_time) {
      withdrawal.state = WithdrawalState::kCompleted;
      withdrawal.updated += options_.chain_time;
    }
  }
}

void Funding::send(Withdrawal& withdrawal) {
  const WithdrawRequest& request = withdrawal.request;
  const Decimal paid = cost(request, withdrawal.fee);
  wallets_.debit_locked(request.account, request.wallet, request.asset, paid);
  wallets_.credit(kHouse, request.wallet, request.asset, withdrawal.fee);
  left_[request.asset] += paid - withdrawal.fee;
  withdrawal.state = WithdrawalState::kSent;
  withdrawal.updated = withdrawal.created + options_.processing_time;
  withdrawal.transaction = transaction_like(exchange_, "withdrawal", withdrawal.id);
}

std::vector<const Withdrawal*> Funding::withdrawals(AccountId account) const {
  return select(withdrawals_, [&](const Withdrawal& withdrawal) {
    return withdrawal.request.account == account;
  });
}

std::vector<const Withdrawal*> Funding::all_withdrawals() const {
  return select(withdrawals_, [](const Withdrawal&) { return true; });
}

Decimal Funding::left(std::string_view asset) const {
  const auto found = left_.find(asset);
  return found == left_.end() ? Decimal{} : found->second;
}

void Funding::require_saved_addresses(AccountId account, bool required) {
  saved_only_[account] = required;
}

void Funding::save_address(AccountId account, SavedAddress address) {
  saved_[account].push_back(std::move(address));
}

std::vector<SavedAddress> Funding::saved_addresses(AccountId account) const {
  const auto found = saved_.find(account);
  return found == saved_.end() ? std::vector<SavedAddress>{} : found->second;
}

}  // namespace keystile::sandbox
