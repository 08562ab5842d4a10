// Withdrawals and deposits: docs/v5/asset/withdraw, docs/v5/asset/deposit.
#include <array>

#include "base/encoding.h"
#include "sandbox/bybit/call.h"
#include "sandbox/money.h"

namespace keystile::sandbox::bybit {
namespace {

struct Wallet {
  std::string_view name;  // in accountType
  std::string_view kind;  // the venue's
};
constexpr std::array<Wallet, 2> kWallets{{{"FUND", "funding"}, {"UTA", "unified"}}};

// The first of the wallets that accountType lists which can pay; else the first of them.
std::string paying_wallet(const Call& call, const std::string& coin, const Decimal& amount) {
  std::string first;
  std::string_view list = call.text("accountType");
  while (!list.empty()) {
    const size_t comma = list.find(',');
    for (const Wallet& wallet : kWallets) {
      if (wallet.name != list.substr(0, comma)) continue;
      if (first.empty()) first = wallet.kind;
      if (call.venue.wallets().balance(call.account(), wallet.kind, coin).free >= amount) {
        return std::string(wallet.kind);
      }
    }
    list = comma == list.npos ? std::string_view{} : list.substr(comma + 1);
  }
  return first;
}

std::string_view status_of(WithdrawalState state) {
  switch (state) {
    case WithdrawalState::kProcessing:
      return "Pending";
    case WithdrawalState::kSent:
      return "BlockchainConfirmed";
    case WithdrawalState::kCompleted:
      return "success";
    case WithdrawalState::kCancelled:
      return "CancelByUser";
    case WithdrawalState::kFailed:
      return "Fail";
  }
  return "Unknown";
}

json::Value withdrawal_row(const Withdrawal& withdrawal) {
  const WithdrawRequest& request = withdrawal.request;
  const Decimal net = request.fee_included ? request.amount - withdrawal.fee : request.amount;
  return json::object({{"coin", request.asset},
                       {"chain", request.network},
                       {"amount", net},
                       {"txID", withdrawal.transaction},
                       {"status", status_of(withdrawal.state)},
                       {"toAddress", request.address},
                       {"tag", request.tag},
                       {"withdrawFee", withdrawal.fee},
                       {"createTime", millis(withdrawal.created)},
                       {"updateTime", millis(withdrawal.updated)},
                       {"withdrawId", std::to_string(withdrawal.id)},
                       {"withdrawType", 0},
                       {"fee", ""},
                       {"tax", ""},
                       {"taxRate", ""},
                       {"taxType", ""}});
}

bool is_other_coin(const Call& call, const std::string& coin) {
  return !call.text("coin").empty() && call.text("coin") != coin;
}

}  // namespace

Reply create_withdrawal(const Call& call) {
  const auto amount = Decimal::parse(call.text("amount"));
  if (!amount || call.text("timestamp").empty()) return error(131002, "Parameter error");
  if (call.text("forceChain") == "2") {
    return error(131002, "Parameter error: the sandbox does not pay by UID");
  }
  WithdrawRequest request;
  request.account = call.account();
  request.asset = call.text("coin");
  request.network = call.text("chain");
  request.address = call.text("address");
  request.tag = call.text("tag");
  request.amount = *amount;
  request.fee_included = call.text("feeType") == "1";
  request.client_id = call.text("requestId");
  request.wallet = paying_wallet(call, request.asset, *amount);
  if (request.wallet.empty()) return error(131002, "Parameter error: accountType");
  const auto done = call.venue.funding().withdraw(request);
  if (!done) return funds_error_of(done.error());
  return ok(json::object({{"id", std::to_string((*done)->id)}}));
}

Reply cancel_withdrawal(const Call& call) {
  const auto id = parse_uint64(call.text("id"));
  const bool done = id && call.venue.funding().cancel_withdrawal(call.account(), *id);
  return ok(json::object({{"status", done ? 1 : 0}}));
}

Reply withdrawals(const Call& call) {
  const auto records = call.venue.visible(call.venue.funding().withdrawals(call.account()));
  json::Array rows;
  for (auto at = records.rbegin(); at != records.rend(); ++at) {
    const Withdrawal& withdrawal = **at;
    // withdrawType 1 asks for internal ones only, of which there are none.
    if (call.text("withdrawType") == "1" || is_other_coin(call, withdrawal.request.asset) ||
        !in_window(call, withdrawal.created)) {
      continue;
    }
    const std::string_view id = call.text("withdrawID"), transaction = call.text("txID");
    if (!id.empty() && id != std::to_string(withdrawal.id)) continue;
    if (!transaction.empty() && transaction != withdrawal.transaction) continue;
    rows.push_back(withdrawal_row(withdrawal));
  }
  return page(call, std::move(rows), 50, 50, "rows");
}

Reply saved_addresses(const Call& call) {
  json::Array rows;
  for (const SavedAddress& saved : call.venue.funding().saved_addresses(call.account())) {
    if (is_other_coin(call, saved.asset)) continue;
    rows.push_back(json::object({{"coin", saved.asset},
                                 {"chain", saved.network},
                                 {"address", saved.address},
                                 {"tag", saved.tag},
                                 {"remark", ""},
                                 {"status", 0},
                                 {"addressType", 0},
                                 {"verified", 0},
                                 {"createdAt", "1760951195"}}));
  }
  return page(call, std::move(rows), 50, 50, "rows");
}

Reply deposit_address(const Call& call) {
  const std::string coin(call.text("coin"));
  json::Array chains;
  for (const Network* network : call.venue.funding().networks(coin)) {
    if (!call.text("chainType").empty() && call.text("chainType") != network->name) continue;
    const auto address = call.venue.funding().deposit_address(call.account(), coin, network->name);
    if (!address) return funds_error_of(address.error());
    chains.push_back(json::object({{"chainType", network->name},
                                   {"addressDeposit", *address},
                                   {"tagDeposit", ""},
                                   {"chain", network->name},
                                   {"batchReleaseLimit", "-1"},
                                   {"contractAddress", ""}}));
  }
  if (chains.empty()) return error(131002, "Parameter error");
  return ok(json::object({{"coin", coin}, {"chains", std::move(chains)}}));
}

Reply deposits(const Call& call) {
  const auto records = call.venue.visible(call.venue.funding().deposits(call.account()));
  json::Array rows;
  for (auto at = records.rbegin(); at != records.rend(); ++at) {
    const Deposit& deposit = **at;
    if (is_other_coin(call, deposit.asset) || !in_window(call, deposit.time)) continue;
    rows.push_back(json::object({{"id", std::to_string(deposit.id)},
                                 {"coin", deposit.asset},
                                 {"chain", deposit.network},
                                 {"amount", deposit.amount},
                                 {"txID", deposit.transaction},
                                 {"status", 3},  // success
                                 {"toAddress", deposit.address},
                                 {"tag", ""},
                                 {"depositFee", ""},
                                 {"successAt", millis(deposit.time)},
                                 {"confirmations", "50"},
                                 {"txIndex", "0"},
                                 {"blockHash", ""},
                                 {"batchReleaseLimit", "-1"},
                                 {"depositType", "0"},
                                 {"fromAddress", ""}}));
  }
  return page(call, std::move(rows), 50, 50, "rows");
}

}  // namespace keystile::sandbox::bybit
