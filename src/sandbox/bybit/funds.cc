// Coins, balances by wallet, and transfers: docs/v5/asset.
#include "base/encoding.h"
#include "sandbox/bybit/call.h"

namespace keystile::sandbox::bybit {
namespace {

// The venue's wallet kind, empty for what Bybit does not have.
std::string wallet_of(std::string_view account_type) {
  if (account_type == "UNIFIED") return "unified";
  return account_type == "FUND" ? "funding" : "";
}

std::string account_type_of(std::string_view wallet) {
  return wallet == "unified" ? "UNIFIED" : "FUND";
}

json::Value chain_row(const Network& network) {
  return json::object({{"chainType", network.name},
                       {"confirmation", "6"},
                       {"withdrawFee", network.withdraw_fee},
                       {"depositMin", "0"},
                       {"withdrawMin", network.withdraw_min},
                       {"chain", network.name},
                       {"chainDeposit", "1"},
                       {"chainWithdraw", "1"},
                       {"minAccuracy", "8"},
                       {"withdrawPercentageFee", "0"},
                       {"contractAddress", ""},
                       {"safeConfirmNumber", "12"},
                       {"withdrawMax", "10000000"}});
}

Reply transfer(const Call& call, TransferRequest request) {
  const auto amount = Decimal::parse(call.text("amount"));
  request.client_id = call.text("transferId");
  request.from_wallet = wallet_of(call.text("fromAccountType"));
  request.to_wallet = wallet_of(call.text("toAccountType"));
  request.asset = call.text("coin");
  if (!amount || request.client_id.empty()) return error(131002, "Parameter error");
  request.amount = *amount;
  const auto done = call.venue.funding().transfer(request);
  if (!done) return funds_error_of(done.error());
  return ok(json::object({{"transferId", request.client_id}, {"status", "SUCCESS"}}));
}

std::optional<AccountId> member(const Call& call, std::string_view name) {
  const auto id = parse_uint64(call.text(name));
  const Account* account = id ? call.venue.accounts().find(AccountId{*id}) : nullptr;
  return account ? std::optional(account->id) : std::nullopt;
}

// between: transfers between accounts, else those within this one.
Reply transfer_list(const Call& call, bool between) {
  const auto records = call.venue.visible(call.venue.funding().transfers(call.account()));
  json::Array rows;
  for (auto at = records.rbegin(); at != records.rend(); ++at) {
    const TransferRequest& request = (*at)->request;
    if ((request.from_account != request.to_account) != between) continue;
    if (!call.text("transferId").empty() && call.text("transferId") != request.client_id) continue;
    if (!call.text("coin").empty() && call.text("coin") != request.asset) continue;
    json::Value row = json::object({{"transferId", request.client_id},
                                    {"coin", request.asset},
                                    {"amount", request.amount},
                                    {"fromAccountType", account_type_of(request.from_wallet)},
                                    {"toAccountType", account_type_of(request.to_wallet)},
                                    {"timestamp", millis((*at)->time)},
                                    {"status", "SUCCESS"}});
    if (between) {
      row.set("fromMemberId", std::to_string(number(request.from_account)));
      row.set("toMemberId", std::to_string(number(request.to_account)));
    }
    rows.push_back(std::move(row));
  }
  return page(call, std::move(rows), 20, 50);
}

json::Value balance_row(const std::string& coin, const Balance& balance) {
  return json::object({{"coin", coin},
                       {"walletBalance", balance.total()},
                       {"transferBalance", balance.free},
                       {"bonus", ""}});
}

}  // namespace

Reply coin_info(const Call& call) {
  json::Array rows;
  for (const std::string& asset : call.venue.funding().assets()) {
    if (!call.text("coin").empty() && call.text("coin") != asset) continue;
    json::Array chains;
    for (const Network* network : call.venue.funding().networks(asset)) {
      chains.push_back(chain_row(*network));
    }
    rows.push_back(json::object({{"name", asset},
                                 {"coin", asset},
                                 {"remainAmount", "10000000"},
                                 {"chains", std::move(chains)}}));
  }
  return ok(json::object({{"rows", std::move(rows)}}));
}

Reply coin_balance(const Call& call) {
  const std::string wallet = wallet_of(call.text("accountType"));
  const std::string coin(call.text("coin"));
  if (wallet.empty() || coin.empty()) return error(131002, "Parameter error");
  const std::string uid = std::to_string(number(call.account()));
  return ok(json::object({{"accountType", call.text("accountType")},
                          {"bizType", 1},
                          {"accountId", uid},
                          {"memberId", uid},
                          {"balance", balance_row(coin, call.venue.wallets().balance(
                                                            call.account(), wallet, coin))}}));
}

Reply coins_balance(const Call& call) {
  const std::string wallet = wallet_of(call.text("accountType"));
  if (wallet.empty()) return error(131002, "Parameter error");
  json::Array rows;
  for (const auto& [coin, balance] : call.venue.wallets().all(call.account(), wallet)) {
    if (call.text("coin").empty() || call.text("coin") == coin) {
      rows.push_back(balance_row(coin, balance));
    }
  }
  return ok(json::object({{"memberId", std::to_string(number(call.account()))},
                          {"accountType", call.text("accountType")},
                          {"balance", std::move(rows)}}));
}

Reply inter_transfer(const Call& call) {
  TransferRequest request;
  request.from_account = request.to_account = call.account();
  return transfer(call, std::move(request));
}

// A sub-account's key may only send to its master; a master's moves between all of the family.
Reply universal_transfer(const Call& call) {
  const auto from = member(call, "fromMemberId"), to = member(call, "toMemberId");
  if (!from || !to) return error(131002, "Parameter error");
  const AccountId master = call.venue.accounts().master_of(call.account()).id;
  const bool own = call.account() == master ? call.venue.accounts().same_family(*from, master)
                                            : *from == call.account() && *to == master;
  if (!own || *from == *to) return error(131208, "Forbid transfer");
  TransferRequest request;
  request.from_account = *from;
  request.to_account = *to;
  return transfer(call, std::move(request));
}

Reply inter_transfers(const Call& call) { return transfer_list(call, false); }
Reply universal_transfers(const Call& call) { return transfer_list(call, true); }

}  // namespace keystile::sandbox::bybit
