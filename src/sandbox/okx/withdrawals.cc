// Withdrawals and deposits.
#include "base/encoding.h"
#include "sandbox/okx/handlers.h"
#include "sandbox/okx/order_input.h"

namespace keystile::sandbox::okx {
namespace {

// The asset's first network where no chain is named: OKX takes the main one.
const Network* find_network(const Call& call, std::string_view asset, std::string_view chain) {
  for (const Network* network : call.venue.funding().networks(asset)) {
    if (chain.empty() || chain_of(asset, network->name) == chain) return network;
  }
  return nullptr;
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
