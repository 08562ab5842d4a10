// Transfers and withdrawals: docs/v5/asset/transfer, docs/v5/asset/withdraw/withdraw.
#include <fmt/format.h>

#include <array>

#include "exchanges/bybit/intents.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr std::array<std::string_view, 3> kWallets{"FUND", "UTA", "EARN"};

// One wallet, or several with commas between them, each at most once.
bool is_wallet_list(std::string_view text) {
  std::array<bool, kWallets.size()> seen{};
  while (true) {
    const size_t comma = text.find(',');
    const std::string_view wallet = text.substr(0, comma);
    size_t i = 0;
    while (i < kWallets.size() && kWallets[i] != wallet) ++i;
    if (i == kWallets.size() || seen[i]) return false;
    seen[i] = true;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

// A parameter that is one of the digits 0 to `last`; 0 where it is absent.
Result<char> take_choice(ParamReader& params, std::string_view name, char last) {
  KS_TRY(const std::optional<std::string_view> value, params.take(name));
  if (!value || value->empty()) return '0';
  if (value->size() != 1 || value->front() < '0' || value->front() > last) {
    return bad_value(name, fmt::format("must be 0 to {}", last));
  }
  return value->front();
}

// What the exchange hands to the receiving side's compliance; it moves nothing.
Result<std::string> read_receiver(ParamReader& params) {
  json::Object told;
  for (const char* name : {"transactionPurpose", "questionnaire"}) {
    KS_TRY(const std::optional<std::string_view> text, params.take(name));
    if (text && !text->empty()) told.push_back({name, *text});
  }
  KS_TRY(std::optional<json::Value> beneficiary, params.take_json("beneficiary"));
  if (beneficiary && !beneficiary->is_null()) {
    if (!beneficiary->if_object()) return bad_value("beneficiary", "must be an object");
    told.push_back({"beneficiary", std::move(*beneficiary)});
  }
  return told.empty() ? std::string() : json::dump(json::Value(std::move(told)));
}

}  // namespace

Result<Transfer> read_transfer(ParamReader& params) {
  Transfer transfer;
  KS_TRY(transfer.client_id, params.require("transferId"));
  KS_TRY(transfer.asset, params.require("coin"));
  KS_TRY(transfer.amount, require_positive(params, "amount"));
  KS_TRY(transfer.from, params.require("fromAccountType"));
  KS_TRY(transfer.to, params.require("toAccountType"));
  return transfer;
}

Result<Transfer> read_universal_transfer(ParamReader& params) {
  KS_TRY(Transfer transfer, read_transfer(params));
  KS_TRY(transfer.from_account, params.require("fromMemberId"));
  KS_TRY(transfer.to_account, params.require("toMemberId"));
  transfer.leaves_account = true;
  return transfer;
}

Status read_withdrawal(ParamReader& params, Intent* intent) {
  Withdrawal withdrawal;
  KS_TRY(withdrawal.asset, params.require("coin"));
  KS_TRY(withdrawal.address, params.require("address"));
  KS_TRY(withdrawal.amount, require_positive(params, "amount"));
  KS_TRY(std::optional<std::string_view> chain, params.take("chain"));
  KS_TRY(std::optional<std::string_view> tag, params.take("tag"));
  KS_TRY(std::optional<std::string_view> id, params.take("requestId"));
  withdrawal.network = std::move(chain).value_or("");
  withdrawal.tag = std::move(tag).value_or("");
  withdrawal.client_id = std::move(id).value_or("");

  KS_TRY(const char route, take_choice(params, "forceChain", '2'));
  KS_TRY(const char fee, take_choice(params, "feeType", '1'));
  withdrawal.internal = route == '2';
  withdrawal.on_chain_only = route == '1';
  withdrawal.fee_included = fee == '1';
  if (!withdrawal.internal && withdrawal.network.empty()) {
    return fail("parameter.missing", "parameter 'chain' is missing");
  }
  KS_TRY(withdrawal.wallet, params.require("accountType"));
  if (!is_wallet_list(withdrawal.wallet)) {
    return bad_value("accountType", "must be FUND, UTA, EARN or several of them");
  }
  KS_CHECK(params.require("timestamp"));
  KS_TRY(withdrawal.receiver, read_receiver(params));

  intent->summary = fmt::format(" out of {}", withdrawal.wallet);
  if (route == '2') intent->summary += ", to another customer of Bybit by UID";
  if (route == '0') intent->summary += ", off chain if the address belongs to Bybit";
  intent->withdrawal = std::move(withdrawal);
  return {};
}

}  // namespace keystile::exchanges::bybit
