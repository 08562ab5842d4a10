// Coins, deposits and withdrawals.
#include <fmt/format.h>

#include "sandbox/binance/handlers.h"

namespace keystile::sandbox::binance {
namespace {

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

// idList: ids with commas between.
bool is_listed(const Call& call, const std::string& id) {
  if (!call.has("idList")) return true;
  return ("," + std::string(call.param("idList")) + ",").find("," + id + ",") != std::string::npos;
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
           (status && static_cast<uint64_t>(withdrawal_status(w->state)) != *status) ||
           !is_listed(call, withdrawal_id(w->id));
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

}  // namespace keystile::sandbox::binance
