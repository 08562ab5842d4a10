// Transfers between wallets and between accounts.
#include <array>
#include <tuple>

#include "sandbox/binance/handlers.h"

namespace keystile::sandbox::binance {
namespace {

// Wallet names of asset/transfer and of the sub-account routes, and the venue's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kWallets{
    {{"MAIN", "spot"},
     {"SPOT", "spot"},
     {"UMFUTURE", "futures"},
     {"USDT_FUTURE", "futures"},
     {"MARGIN", "margin"},
     {"FUNDING", "funding"},
     {"CMFUTURE", ""},
     {"COIN_FUTURE", ""}}};

std::string wallet_of(std::string_view name) {
  for (const auto& [native, kind] : kWallets) {
    if (native == name) return std::string(kind);
  }
  return {};
}

Reply move(const Call& call, TransferRequest request) {
  KS_REPLY_TRY(request.asset, call.require("asset"));
  KS_REPLY_TRY(request.amount, call.require_decimal("amount"));
  if (request.from_wallet.empty() || request.to_wallet.empty()) {
    return failure(-1102, "The account type does not exist.");
  }
  const auto done = call.venue.funding().transfer(request);
  if (!done) return tl::unexpected<Failure>(funds_failure(done.error()));
  return json::object({{"tranId", (*done)->id}});
}

// Splits "MAIN_UMFUTURE".
std::pair<std::string, std::string> wallet_pair(std::string_view type) {
  const size_t cut = type.find('_');
  if (cut == type.npos) return {};
  return {wallet_of(type.substr(0, cut)), wallet_of(type.substr(cut + 1))};
}

Answer<AccountId> account_named(const Call& call, std::string_view param) {
  const std::string_view email = call.param(param);
  if (email.empty()) return call.venue.accounts().master_of(call.account).id;
  const Account* account = call.venue.accounts().find_name(email);
  if (!account || !call.venue.accounts().same_family(account->id, call.account)) {
    return failure(-12014, "The account does not exist.");
  }
  return account->id;
}

json::Value sub_row(const Call& call, const TransferRecord& t) {
  const auto email = [&](AccountId id) {
    const Account* account = call.venue.accounts().find(id);
    return account ? account->email : std::string();
  };
  return json::object(
      {{"tranId", t.id},
       {"fromEmail", email(t.request.from_account)},
       {"toEmail", email(t.request.to_account)},
       {"asset", t.request.asset},
       {"amount", t.request.amount.str()},
       {"createTimeStamp", epoch_ms(t.time)},
       {"fromAccountType", t.request.from_wallet == "futures" ? "USDT_FUTURE" : "SPOT"},
       {"toAccountType", t.request.to_wallet == "futures" ? "USDT_FUTURE" : "SPOT"},
       {"status", "SUCCESS"},
       {"clientTranId", t.request.client_id}});
}

// Sub-account routes without an account type move between spot wallets; they are called with the
// sub-account's own key.
Reply from_sub(const Call& call, AccountId to) {
  const Account* own = call.venue.accounts().find(call.account);
  if (!own || !own->master)
    return failure(-1002, "You are not authorized to execute this request.");
  TransferRequest request;
  request.from_account = call.account;
  request.to_account = to;
  request.from_wallet = request.to_wallet = "spot";
  KS_REPLY_TRY(const json::Value moved, move(call, std::move(request)));
  return json::object({{"txnId", std::string(moved.text("tranId"))}});
}

}  // namespace

Reply wallet_transfer(const Call& call) {
  KS_REPLY_TRY(const std::string type, call.require("type"));
  TransferRequest request;
  request.from_account = request.to_account = call.account;
  std::tie(request.from_wallet, request.to_wallet) = wallet_pair(type);
  request.tags["type"] = type;
  return move(call, std::move(request));
}

Reply wallet_transfers(const Call& call) {
  KS_REPLY_TRY(const std::string type, call.require("type"));
  auto transfers = call.venue.visible(call.venue.funding().transfers(call.account));
  std::erase_if(transfers, [&](const TransferRecord* t) {
    const auto tag = t->request.tags.find("type");
    return tag == t->request.tags.end() || tag->second != type;
  });
  json::Array rows;
  for (auto it = transfers.rbegin(); it != transfers.rend(); ++it) {
    rows.push_back(json::object({{"asset", (*it)->request.asset},
                                 {"amount", (*it)->request.amount.str()},
                                 {"type", type},
                                 {"status", "CONFIRMED"},
                                 {"tranId", (*it)->id},
                                 {"timestamp", epoch_ms((*it)->time)}}));
  }
  const size_t total = rows.size();
  return json::object({{"total", uint64_t{total}}, {"rows", std::move(rows)}});
}

Reply sub_transfer(const Call& call) {
  TransferRequest request;
  KS_REPLY_TRY(request.from_account, account_named(call, "fromEmail"));
  KS_REPLY_TRY(request.to_account, account_named(call, "toEmail"));
  KS_REPLY_TRY(const std::string from, call.require("fromAccountType"));
  KS_REPLY_TRY(const std::string to, call.require("toAccountType"));
  request.from_wallet = wallet_of(from);
  request.to_wallet = wallet_of(to);
  request.client_id = call.param("clientTranId");
  const std::string client_id = request.client_id;
  KS_REPLY_TRY(json::Value moved, move(call, std::move(request)));
  moved.set("clientTranId", client_id);
  return moved;
}

Reply sub_transfers(const Call& call) {
  json::Array rows;
  auto transfers = call.venue.visible(call.venue.funding().transfers(call.account));
  for (auto it = transfers.rbegin(); it != transfers.rend(); ++it) {
    if ((*it)->request.from_account == (*it)->request.to_account) continue;
    rows.push_back(sub_row(call, **it));
  }
  const size_t total = rows.size();
  return json::object({{"result", std::move(rows)}, {"totalCount", uint64_t{total}}});
}

Reply sub_to_sub(const Call& call) {
  KS_REPLY_CHECK(call.require("toEmail"));
  KS_REPLY_TRY(const AccountId to, account_named(call, "toEmail"));
  return from_sub(call, to);
}

Reply sub_to_master(const Call& call) {
  return from_sub(call, call.venue.accounts().master_of(call.account).id);
}

}  // namespace keystile::sandbox::binance
