// asset/transfer, asset/subaccount/transfer, asset/withdrawal, fiat/create-withdrawal.
#include <fmt/format.h>

#include <algorithm>

#include "exchanges/okx/fields.h"
#include "exchanges/okx/intents.h"

namespace keystile::exchanges::okx {
namespace {

Result<std::string> read_wallet(ParamReader* params, std::string_view name) {
  KS_TRY(const std::string_view wallet, params->require(name));
  if (wallet == "6") return std::string("funding");
  if (wallet == "18") return std::string("trading");
  return fail("parameter.value", fmt::format("{} must be 6 (funding) or 18 (trading)", name));
}

Result<Transfer> read_movement(ParamReader* params) {
  Transfer transfer;
  KS_TRY(transfer.asset, params->require("ccy"));
  KS_TRY(transfer.amount, require_positive(params, "amt"));
  KS_TRY(transfer.from, read_wallet(params, "from"));
  KS_TRY(transfer.to, read_wallet(params, "to"));
  for (const std::string_view name : {"loanTrans", "omitPosRisk"}) {
    KS_TRY(const std::optional<bool> wanted, params->take_bool(name));
    if (wanted.value_or(false)) {
      return fail(
          "parameter.value",
          fmt::format("{} is refused: it moves borrowed coins or drops a risk check", name));
    }
  }
  return transfer;
}

// For an asset with a memo, toAddr is "address:memo". Some addresses begin with a word and a colon
// of their own, which is no memo's.
void read_address(std::string_view text, Withdrawal* withdrawal) {
  constexpr std::string_view kPrefixes[] = {"bitcoincash", "ecash", "kaspa"};
  const size_t colon = text.rfind(':');
  const std::string_view before = text.substr(0, colon);
  const bool is_prefix =
      std::find(std::begin(kPrefixes), std::end(kPrefixes), before) != std::end(kPrefixes);
  if (colon == text.npos || is_prefix) {
    withdrawal->address = text;
    return;
  }
  withdrawal->address = before;
  withdrawal->tag = text.substr(colon + 1);
}

// What OKX hands to the receiving exchange; an object, or the text of one.
Result<std::string> read_receiver(ParamReader* params) {
  KS_TRY(const std::optional<json::Value> receiver, params->take_json("rcvrInfo"));
  if (!receiver || receiver->is_null()) return std::string();
  if (!receiver->if_object()) return fail("parameter.value", "rcvrInfo must be an object");
  return json::dump(json::object({{"rcvrInfo", *receiver}}));
}

}  // namespace

Result<Transfer> read_transfer(const json::Value& body) {
  KS_TRY(ParamReader params, read_object(body));
  KS_TRY(Transfer transfer, read_movement(&params));
  KS_TRY(transfer.client_id, read_id(&params, "clientId"));
  KS_TRY(const std::optional<std::string_view> type, params.take("type"));
  KS_TRY(const std::optional<std::string_view> sub_account, params.take("subAcct"));
  KS_CHECK(params.check_all_taken());
  const std::string_view kind = type.value_or("0");
  const bool names_sub_account = kind == "1" || kind == "2" || kind == "4";
  if ((kind != "0" && kind != "3" && !names_sub_account) ||
      names_sub_account != sub_account.has_value()) {
    return fail("parameter.value",
                "type must be 0 to 4, with subAcct for 1, 2 and 4 and without it for 0 and 3");
  }
  transfer.leaves_account = kind != "0";
  if (kind == "1" || kind == "4") transfer.to_account = *sub_account;
  if (kind == "2") transfer.from_account = *sub_account;
  if (kind == "3") transfer.to_account = "master";
  return transfer;
}

Result<Transfer> read_subaccount_transfer(const json::Value& body) {
  KS_TRY(ParamReader params, read_object(body));
  KS_TRY(Transfer transfer, read_movement(&params));
  KS_TRY(transfer.from_account, params.require("fromSubAccount"));
  KS_TRY(transfer.to_account, params.require("toSubAccount"));
  transfer.leaves_account = true;
  KS_CHECK(params.check_all_taken());
  return transfer;
}

Result<Withdrawal> read_withdrawal(const json::Value& body) {
  KS_TRY(ParamReader params, read_object(body));
  Withdrawal withdrawal;
  KS_TRY(withdrawal.asset, params.require("ccy"));
  KS_TRY(withdrawal.amount, require_positive(&params, "amt"));
  KS_TRY(const std::string_view address, params.require("toAddr"));
  KS_TRY(const std::string_view destination, params.require("dest"));
  if (destination != "3" && destination != "4") {
    return fail("parameter.value", "dest must be 3 (to an OKX user) or 4 (on chain)");
  }
  withdrawal.internal = destination == "3";
  KS_TRY(const std::optional<std::string_view> chain, params.take("chain"));
  KS_TRY(const std::optional<std::string_view> address_kind, params.take("toAddrType"));
  KS_TRY(const std::optional<std::string_view> area_code, params.take("areaCode"));
  if (address_kind && *address_kind != "1" && *address_kind != "2") {
    return fail("parameter.value", "toAddrType must be 1 or 2");
  }
  if (!withdrawal.internal && (area_code || address_kind == "2")) {
    return fail("parameter.value", "areaCode and a user id are for dest 3 only");
  }
  withdrawal.network = chain.value_or("");
  if (!withdrawal.internal) {
    read_address(address, &withdrawal);
  } else {
    withdrawal.address = address;
    withdrawal.network = address_kind == "2" ? "OKX user id" : "OKX login";
    if (area_code) withdrawal.tag = "area code " + std::string(*area_code);
  }
  KS_TRY(withdrawal.client_id, read_id(&params, "clientId"));
  KS_TRY(withdrawal.receiver, read_receiver(&params));
  params.ignore({"fee"});  // OKX sets it itself
  KS_CHECK(params.check_all_taken());
  return withdrawal;
}

// To a bank account that the owner has registered with OKX.
Result<Withdrawal> read_fiat_withdrawal(const json::Value& body) {
  KS_TRY(ParamReader params, read_object(body));
  Withdrawal withdrawal;
  KS_TRY(withdrawal.asset, params.require("ccy"));
  KS_TRY(withdrawal.amount, require_positive(&params, "amt"));
  KS_TRY(withdrawal.address, params.require("paymentAcctId"));
  KS_TRY(withdrawal.network, params.require("paymentMethod"));
  KS_TRY(withdrawal.client_id, read_id(&params, "clientId"));
  KS_CHECK(params.check_all_taken());
  return withdrawal;
}

}  // namespace keystile::exchanges::okx
