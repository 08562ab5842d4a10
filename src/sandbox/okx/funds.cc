// The funding account: currencies, transfers, withdrawals, deposits.
#include <algorithm>

#include "base/encoding.h"
#include "sandbox/money.h"
#include "sandbox/okx/handlers.h"
#include "sandbox/okx/order_input.h"

namespace keystile::sandbox::okx {
namespace {

struct Chain {
  std::string_view network;  // the venue's neutral name
  std::string_view name;     // what follows "USDT-"
};
constexpr Chain kChains[] = {
    {"BTC", "Bitcoin"}, {"ETH", "ERC20"}, {"TRX", "TRC20"}, {"SOL", "Solana"}, {"BSC", "BSC"}};

std::string chain_of(std::string_view asset, std::string_view network) {
  for (const Chain& chain : kChains) {
    if (chain.network == network) return std::string(asset) + "-" + std::string(chain.name);
  }
  return std::string(asset) + "-" + std::string(network);
}

// The asset's first network where no chain is named: OKX takes the main one.
const Network* find_network(const Call& call, std::string_view asset, std::string_view chain) {
  for (const Network* network : call.venue.funding().networks(asset)) {
    if (chain.empty() || chain_of(asset, network->name) == chain) return network;
  }
  return nullptr;
}

json::Value currency_json(const Network& network, bool main) {
  const std::string fee = text(network.withdraw_fee), least = text(network.withdraw_min);
  return json::object({{"burningFeeRate", ""},
                       {"canDep", true},
                       {"canInternal", true},
                       {"canWd", true},
                       {"ccy", network.asset},
                       {"chain", chain_of(network.asset, network.name)},
                       {"ctAddr", ""},
                       {"depEstOpenTime", ""},
                       {"depQuotaFixed", ""},
                       {"depQuoteDailyLayer2", ""},
                       {"fee", fee},
                       {"logoLink", ""},
                       {"mainNet", main},
                       {"maxFee", fee},
                       {"maxFeeForCtAddr", ""},
                       {"maxWd", "1000000"},
                       {"minDep", "0.0005"},
                       {"minDepArrivalConfirm", "1"},
                       {"minFee", fee},
                       {"minFeeForCtAddr", ""},
                       {"minInternal", "0.0001"},
                       {"minWd", least},
                       {"minWdUnlockConfirm", "2"},
                       {"name", network.asset},
                       {"needTag", false},
                       {"usedDepQuotaFixed", ""},
                       {"usedWdQuota", "0"},
                       {"wdEstOpenTime", ""},
                       {"wdQuota", "10000000"},
                       {"wdTickSz", "8"}});
}

std::string_view wallet_of(std::string_view code) {
  return code == "6" ? "funding" : code == "18" ? "trading" : "";
}
std::string_view code_of(std::string_view wallet) { return wallet == "funding" ? "6" : "18"; }

// Who pays and who gets, by transfer type and the kind of key.
struct Parties {
  AccountId from, to;
};
Answer<Parties> parties_of(const Call& call) {
  const std::string_view type = call.body.text("type");
  const Account& own = *call.venue.accounts().find(call.account);
  if (type.empty() || type == "0") return Parties{own.id, own.id};
  const Account* other = call.venue.accounts().find_name(call.body.text("subAcct"));
  if (type == "1" || type == "2") {
    if (own.master) return failure("58128", "Type should be 0, 3 or 4 for a sub-account key");
    if (!other || other->master != own.id) return failure("59510", "Sub-account does not exist");
    return type == "1" ? Parties{own.id, other->id} : Parties{other->id, own.id};
  }
  if (type == "3" || type == "4") {
    if (!own.master) return failure("58127", "Type should be 0, 1 or 2 for a main account key");
    if (type == "3") return Parties{own.id, *own.master};
    if (!other || other->master != own.master)
      return failure("59510", "Sub-account does not exist");
    return Parties{own.id, other->id};
  }
  return bad_parameter("type");
}

Answer<const TransferRecord*> move(const Call& call, const Parties& parties) {
  const auto value = amount(call.body, "amt");
  if (!value) return tl::unexpected(value.error());
  TransferRequest request;
  request.from_account = parties.from;
  request.to_account = parties.to;
  request.from_wallet = std::string(wallet_of(call.body.text("from")));
  request.to_wallet = std::string(wallet_of(call.body.text("to")));
  request.asset = std::string(call.body.text("ccy"));
  request.amount = *value;
  request.client_id = std::string(call.body.text("clientId"));
  request.tags = {{"type", std::string(call.body.text("type"))},
                  {"subAcct", std::string(call.body.text("subAcct"))}};
  const auto done = call.venue.funding().transfer(request);
  if (done) return *done;
  if (done.error().code == "balance.insufficient") {
    return failure("58350", "Insufficient balance.");
  }
  return tl::unexpected(native(done.error(), request.asset));
}

json::Value transfer_json(const TransferRecord& record) {
  return json::object({{"transId", text(record.id)},
                       {"ccy", record.request.asset},
                       {"clientId", record.request.client_id},
                       {"from", code_of(record.request.from_wallet)},
                       {"amt", text(record.request.amount)},
                       {"to", code_of(record.request.to_wallet)}});
}

std::string_view state_of(const Withdrawal& withdrawal) {
  switch (withdrawal.state) {
    case WithdrawalState::kProcessing:
      return "0";
    case WithdrawalState::kSent:
      return "1";
    case WithdrawalState::kCompleted:
      return "2";
    case WithdrawalState::kCancelled:
      return "-2";
    case WithdrawalState::kFailed:
      return "-1";
  }
  return "-1";
}

json::Value withdrawal_json(const Withdrawal& withdrawal) {
  const WithdrawRequest& request = withdrawal.request;
  json::Value item = json::object({{"addrEx", nullptr},
                                   {"amt", text(request.amount)},
                                   {"areaCodeFrom", ""},
                                   {"areaCodeTo", ""},
                                   {"ccy", request.asset},
                                   {"chain", chain_of(request.asset, request.network)},
                                   {"clientId", request.client_id},
                                   {"fee", text(withdrawal.fee)},
                                   {"feeCcy", request.asset},
                                   {"from", ""},
                                   {"memo", request.tag},
                                   {"nonTradableAsset", false},
                                   {"note", ""},
                                   {"state", state_of(withdrawal)},
                                   {"to", request.address},
                                   {"toAddrType", "1"},
                                   {"ts", ms(withdrawal.created)},
                                   {"txId", withdrawal.transaction},
                                   {"wdId", text(withdrawal.id)}});
  if (!request.tag.empty()) item.set("tag", request.tag);
  return item;
}

template <class Record>
uint64_t time_of(const Record& record) {
  if constexpr (requires { record.created; }) {
    return static_cast<uint64_t>(epoch_ms(record.created));
  } else {
    return static_cast<uint64_t>(epoch_ms(record.time));
  }
}

}  // namespace

Reply currencies(const Call& call) {
  json::Array items;
  for (const std::string& asset : call.venue.funding().assets()) {
    if (!call.param("ccy").empty() && call.param("ccy") != asset) continue;
    const auto networks = call.venue.funding().networks(asset);
    for (const Network* network : networks) {
      items.push_back(currency_json(*network, network == networks.front()));
    }
  }
  return json::Value(std::move(items));
}

Reply funding_balances(const Call& call) { return balances_of(call, call.account, "funding"); }

Reply transfer(const Call& call) {
  const auto parties = parties_of(call);
  if (!parties) return tl::unexpected(parties.error());
  const auto record = move(call, *parties);
  if (!record) return tl::unexpected(record.error());
  return one(transfer_json(**record));
}

Reply subaccount_transfer(const Call& call) {
  const Account* from = call.venue.accounts().find_name(call.body.text("fromSubAccount"));
  const Account* to = call.venue.accounts().find_name(call.body.text("toSubAccount"));
  if (!from || !to || from->master != call.account || to->master != call.account) {
    return failure("59510", "Sub-account does not exist");
  }
  const auto record = move(call, {from->id, to->id});
  if (!record) return tl::unexpected(record.error());
  return one(json::object({{"transId", text((*record)->id)}}));
}

Reply transfer_state(const Call& call) {
  for (const TransferRecord* record :
       call.venue.visible(call.venue.funding().transfers(call.account))) {
    const std::string_view id = call.param("transId");
    const bool wanted =
        id.empty() ? record->request.client_id == call.param("clientId") : id == text(record->id);
    if (!wanted) continue;
    json::Value item = transfer_json(*record);
    item.set("instId", "");
    item.set("state", "success");
    item.set("subAcct", record->request.tags.at("subAcct"));
    item.set("toInstId", "");
    const std::string& type = record->request.tags.at("type");
    item.set("type", type.empty() ? "0" : type);
    return one(std::move(item));
  }
  return failure("58129", "The transfer does not exist.");
}

Reply withdraw(const Call& call) {
  const json::Value& fields = call.body;
  if (call.venue.accounts().find(call.account)->master) {
    return failure("59504", "Sub-account is not allowed to withdraw");
  }
  if (fields.text("dest") != "4") return bad_parameter("dest");  // to other users: not simulated
  const auto value = amount(fields, "amt");
  if (!value) return tl::unexpected(value.error());
  const std::string_view asset = fields.text("ccy");
  const Network* network = find_network(call, asset, fields.text("chain"));
  if (!network) return bad_parameter(asset.empty() ? "ccy" : "chain");
  const std::string_view address = fields.text("toAddr");
  const size_t colon = address.rfind(':');
  WithdrawRequest request;
  request.account = call.account;
  request.asset = std::string(asset);
  request.network = network->name;
  request.address = std::string(address.substr(0, colon));
  request.tag = std::string(colon == address.npos ? "" : address.substr(colon + 1));
  request.amount = *value;
  request.client_id = std::string(fields.text("clientId"));
  const auto done = call.venue.funding().withdraw(request);
  if (!done) {
    if (done.error().code == "balance.insufficient")
      return failure("58350", "Insufficient balance.");
    return tl::unexpected(native(done.error(), asset));
  }
  return one(json::object({{"amt", text((*done)->request.amount)},
                           {"ccy", asset},
                           {"chain", chain_of(asset, network->name)},
                           {"clientId", request.client_id},
                           {"wdId", text((*done)->id)}}));
}

Reply cancel_withdrawal(const Call& call) {
  const auto id = parse_uint64(call.body.text("wdId"));
  if (!id) return bad_parameter("wdId");
  const auto done = call.venue.funding().cancel_withdrawal(call.account, *id);
  if (!done) return tl::unexpected(native(done.error()));
  return one(json::object({{"wdId", text((*done)->id)}}));
}

Reply withdrawal_history(const Call& call) {
  auto all = call.venue.visible(call.venue.funding().withdrawals(call.account));
  std::erase_if(all, [&](const Withdrawal* w) {
    const auto differs = [&](std::string_view name, std::string_view value) {
      return !call.param(name).empty() && call.param(name) != value;
    };
    return differs("ccy", w->request.asset) || differs("wdId", text(w->id)) ||
           differs("clientId", w->request.client_id) || differs("state", state_of(*w)) ||
           differs("txId", w->transaction);
  });
  json::Array items;
  for (const Withdrawal* withdrawal : page(call, all, time_of<Withdrawal>)) {
    items.push_back(withdrawal_json(*withdrawal));
  }
  return json::Value(std::move(items));
}

Reply deposit_address(const Call& call) {
  const std::string_view asset = call.param("ccy");
  if (asset.empty()) return failure("50014", "Parameter ccy cannot be empty.", 400);
  json::Array items;
  for (const Network* network : call.venue.funding().networks(asset)) {
    const auto address = call.venue.funding().deposit_address(call.account, asset, network->name);
    if (!address) continue;
    items.push_back(json::object({{"addr", *address},
                                  {"ccy", asset},
                                  {"chain", chain_of(asset, network->name)},
                                  {"ctAddr", ""},
                                  {"selected", true},
                                  {"to", "6"},
                                  {"verifiedName", ""}}));
  }
  if (items.empty()) return bad_parameter("ccy");
  return json::Value(std::move(items));
}

Reply deposit_history(const Call& call) {
  auto all = call.venue.visible(call.venue.funding().deposits(call.account));
  std::erase_if(all, [&](const Deposit* deposit) {
    return !call.param("ccy").empty() && call.param("ccy") != deposit->asset;
  });
  json::Array items;
  for (const Deposit* deposit : page(call, all, time_of<Deposit>)) {
    items.push_back(json::object({{"actualDepBlkConfirm", "2"},
                                  {"amt", text(deposit->amount)},
                                  {"areaCodeFrom", ""},
                                  {"ccy", deposit->asset},
                                  {"chain", chain_of(deposit->asset, deposit->network)},
                                  {"depId", text(deposit->id)},
                                  {"from", ""},
                                  {"fromWdId", ""},
                                  {"state", "2"},
                                  {"to", deposit->address},
                                  {"ts", ms(deposit->time)},
                                  {"txId", deposit->transaction}}));
  }
  return json::Value(std::move(items));
}

}  // namespace keystile::sandbox::okx
