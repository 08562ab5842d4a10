// Coins, deposits, withdrawals and transfers.
#include <fmt/format.h>

#include <array>

#include "base/encoding.h"
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

// "2026-11-20 22:52:12"
std::string spaced(WallTime time) {
  std::string text = iso8601(time).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string withdrawal_id(uint64_t id) { return fmt::format("{:032x}", id); }

int withdrawal_status(WithdrawalState state) {
  switch (state) {
    case WithdrawalState::kProcessing:
    case WithdrawalState::kSent:
      return 4;
    case WithdrawalState::kCompleted:
      return 6;
    case WithdrawalState::kCancelled:
      return 1;
    case WithdrawalState::kFailed:
      return 5;
  }
  return 4;
}

// The one that is used where a request names none.
const Network* default_network(const Call& call, std::string_view coin) {
  const auto networks = call.venue.funding().networks(coin);
  return networks.empty() ? nullptr : networks.front();
}

json::Value network_row(const Network& n, bool is_default) {
  return json::object({{"network", n.name},
                       {"coin", n.asset},
                       {"name", n.name},
                       {"withdrawIntegerMultiple", "0.00000001"},
                       {"isDefault", is_default},
                       {"depositEnable", true},
                       {"withdrawEnable", true},
                       {"depositDesc", ""},
                       {"withdrawDesc", ""},
                       {"specialTips", ""},
                       {"resetAddressStatus", false},
                       {"addressRegex", ""},
                       {"memoRegex", ""},
                       {"withdrawFee", n.withdraw_fee.str()},
                       {"withdrawMin", n.withdraw_min.str()},
                       {"withdrawMax", "10000000"},
                       {"depositDust", "0"},
                       {"minConfirm", 1},
                       {"unLockConfirm", 0},
                       {"sameAddress", false},
                       {"withdrawTag", false},
                       {"estimatedArrivalTime", 5},
                       {"busy", false},
                       {"contractAddress", ""},
                       {"contractAddressUrl", ""}});
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

Reply coins(const Call& call) {
  json::Array out;
  for (const std::string& asset : call.venue.funding().assets()) {
    json::Array networks;
    for (const Network* n : call.venue.funding().networks(asset)) {
      networks.push_back(network_row(*n, networks.empty()));
    }
    const Balance balance = call.venue.wallets().balance(call.account, "spot", asset);
    out.push_back(json::object({{"coin", asset},
                                {"depositAllEnable", true},
                                {"withdrawAllEnable", true},
                                {"name", asset},
                                {"free", fixed(balance.free)},
                                {"locked", fixed(balance.locked)},
                                {"freeze", "0"},
                                {"withdrawing", "0"},
                                {"ipoing", "0"},
                                {"ipoable", "0"},
                                {"storage", "0"},
                                {"isLegalMoney", false},
                                {"trading", true},
                                {"networkList", std::move(networks)}}));
  }
  return json::Value(std::move(out));
}

Reply deposit_address(const Call& call) {
  KS_REPLY_TRY(const std::string coin, call.require("coin"));
  const Network* usual = default_network(call, coin);
  if (!usual) return failure(-4019, "The coin does not exist.");
  const std::string network =
      call.has("network") ? std::string(call.param("network")) : usual->name;
  const auto address = call.venue.funding().deposit_address(call.account, coin, network);
  if (!address) return tl::unexpected<Failure>(funds_failure(address.error()));
  return json::object({{"address", *address}, {"coin", coin}, {"tag", ""}, {"url", ""}});
}

Reply deposit_history(const Call& call) {
  auto deposits = call.venue.visible(call.venue.funding().deposits(call.account));
  if (call.has("coin")) {
    std::erase_if(deposits, [&](const Deposit* d) { return d->asset != call.param("coin"); });
  }
  KS_REPLY_TRY(deposits,
               newest(
                   call, std::move(deposits), [](const Deposit& d) { return d.time; }, 1000));
  json::Array out;
  for (const Deposit* d : deposits) {
    out.push_back(json::object({{"id", std::to_string(d->id)},
                                {"amount", d->amount.str()},
                                {"coin", d->asset},
                                {"network", d->network},
                                {"status", 1},
                                {"address", d->address},
                                {"addressTag", ""},
                                {"txId", d->transaction},
                                {"insertTime", epoch_ms(d->time)},
                                {"completeTime", epoch_ms(d->time)},
                                {"transferType", 0},
                                {"confirmTimes", "1/1"},
                                {"unlockConfirm", 1},
                                {"walletType", 0}}));
  }
  return json::Value(std::move(out));
}

Reply withdraw(const Call& call) {
  WithdrawRequest request;
  request.account = call.account;
  KS_REPLY_TRY(request.asset, call.require("coin"));
  KS_REPLY_TRY(request.address, call.require("address"));
  KS_REPLY_TRY(request.amount, call.require_decimal("amount"));
  request.tag = call.param("addressTag");
  request.client_id = call.param("withdrawOrderId");
  request.wallet = call.param("walletType") == "1" ? "funding" : "spot";
  request.fee_included = true;
  request.network = call.param("network");
  if (request.network.empty()) {
    const Network* usual = default_network(call, request.asset);
    if (!usual) return failure(-4019, "The coin does not exist.");
    request.network = usual->name;
  }
  const auto done = call.venue.funding().withdraw(request);
  if (!done) return tl::unexpected<Failure>(funds_failure(done.error()));
  return json::object({{"id", withdrawal_id((*done)->id)}});
}

Reply withdraw_history(const Call& call) {
  auto withdrawals = call.venue.visible(call.venue.funding().withdrawals(call.account));
  KS_REPLY_TRY(const auto status, call.whole("status"));
  std::erase_if(withdrawals, [&](const Withdrawal* w) {
    return (call.has("coin") && w->request.asset != call.param("coin")) ||
           (call.has("withdrawOrderId") && w->request.client_id != call.param("withdrawOrderId")) ||
           (status && static_cast<uint64_t>(withdrawal_status(w->state)) != *status);
  });
  KS_REPLY_TRY(withdrawals, newest(
                                call, std::move(withdrawals),
                                [](const Withdrawal& w) { return w.created; }, 1000));
  json::Array out;
  for (const Withdrawal* w : withdrawals) {
    const Decimal received = w->request.amount.minus(w->fee).value_or(Decimal());
    json::Value row = json::object({{"id", withdrawal_id(w->id)},
                                    {"amount", received.str()},
                                    {"transactionFee", w->fee.str()},
                                    {"coin", w->request.asset},
                                    {"status", withdrawal_status(w->state)},
                                    {"address", w->request.address},
                                    {"addressTag", w->request.tag},
                                    {"txId", w->transaction},
                                    {"applyTime", spaced(w->created)},
                                    {"network", w->request.network},
                                    {"transferType", 0},
                                    {"withdrawOrderId", w->request.client_id},
                                    {"info", ""},
                                    {"confirmNo", w->state == WithdrawalState::kCompleted ? 1 : 0},
                                    {"walletType", w->request.wallet == "funding" ? 1 : 0},
                                    {"txKey", ""}});
    if (w->state == WithdrawalState::kCompleted) row.set("completeTime", spaced(w->updated));
    out.push_back(std::move(row));
  }
  return json::Value(std::move(out));
}

Reply saved_addresses(const Call& call) {
  json::Array out;
  for (const SavedAddress& saved : call.venue.funding().saved_addresses(call.account)) {
    out.push_back(json::object({{"address", saved.address},
                                {"addressTag", saved.tag},
                                {"coin", saved.asset},
                                {"name", ""},
                                {"network", saved.network},
                                {"origin", ""},
                                {"originType", "others"},
                                {"whiteStatus", true}}));
  }
  return json::Value(std::move(out));
}

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
