// The funding account: currencies, balances, transfers.
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

}  // namespace

std::string chain_of(std::string_view asset, std::string_view network) {
  for (const Chain& chain : kChains) {
    if (chain.network == network) return std::string(asset) + "-" + std::string(chain.name);
  }
  return std::string(asset) + "-" + std::string(network);
}

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

}  // namespace keystile::sandbox::okx
