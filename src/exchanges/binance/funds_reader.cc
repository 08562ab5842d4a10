// Reads transfers and withdrawals.
#include <algorithm>

#include "exchanges/binance/order_reader.h"
#include "exchanges/binance/param_reader.h"

namespace keystile::exchanges::binance {
namespace {

const Direction* find_direction(const Form& form, std::string_view code) {
  const auto found = std::find_if(form.directions.begin(), form.directions.end(),
                                  [&](const Direction& d) { return d.code == code; });
  return found == form.directions.end() ? nullptr : &*found;
}

Status place_wallets(const Form& form, const ParamRule& rule, std::string_view value,
                     Transfer* transfer) {
  if (rule.field == Field::kWalletPair) {
    // "MAIN_PORTFOLIO_MARGIN": the wallet that is one word stands on either side.
    const bool long_from = value.starts_with("PORTFOLIO_MARGIN");
    const size_t cut = value.find('_', long_from ? std::string_view("PORTFOLIO_MARGIN").size() : 0);
    transfer->from = value.substr(0, cut);
    transfer->to = value.substr(cut + 1);
    return {};
  }
  const Direction* direction = find_direction(form, value);
  if (!direction) return bad_value(rule.name, "has a value that is not known");
  transfer->from = direction->from;
  transfer->to = direction->to;
  return {};
}

std::string* text_slot(Field field, Transfer* transfer, Withdrawal* withdrawal) {
  switch (field) {
    case Field::kAsset:
      return transfer ? &transfer->asset : &withdrawal->asset;
    case Field::kTransferId:
      return transfer ? &transfer->client_id : &withdrawal->client_id;
    case Field::kFromWallet:
      return transfer ? &transfer->from : nullptr;
    case Field::kToWallet:
      return transfer ? &transfer->to : nullptr;
    case Field::kFromAccount:
      return transfer ? &transfer->from_account : nullptr;
    case Field::kToAccount:
      return transfer ? &transfer->to_account : nullptr;
    case Field::kAddress:
      return withdrawal ? &withdrawal->address : nullptr;
    case Field::kTag:
      return withdrawal ? &withdrawal->tag : nullptr;
    case Field::kNetwork:
      return withdrawal ? &withdrawal->network : nullptr;
    case Field::kWallet:
      return withdrawal ? &withdrawal->wallet : nullptr;
    default:
      return nullptr;
  }
}

// Of a withdrawal to another customer, Binance can give its fee to the receiver instead of back to
// the sender.
Status refuse_fee_to_receiver(ParamReader& params, const ParamRule& rule) {
  KS_TRY(const bool to_receiver, take_flag(params, rule));
  if (to_receiver) return bad_value(rule.name, "true is refused: it gives the fee to the receiver");
  return {};
}

// Kept as one member, so that it can go into a later request as it came.
Result<std::string> read_receiver(ParamReader& params, const ParamRule& rule) {
  KS_TRY(const auto text, take_checked(params, rule));
  return text ? json::dump(json::object({{std::string(rule.name), *text}})) : std::string();
}

// Exactly one of transfer and withdrawal is set.
Status read_funds(const Form& form, ParamReader& params, Transfer* transfer,
                  Withdrawal* withdrawal) {
  for (const ParamRule& rule : form.params) {
    if (rule.field == Field::kFlag) {
      KS_CHECK(take_flag(params, rule));
    } else if (rule.field == Field::kFeeFlag) {
      KS_CHECK(refuse_fee_to_receiver(params, rule));
    } else if (rule.field == Field::kReceiver) {
      KS_TRY(withdrawal->receiver, read_receiver(params, rule));
    } else if (rule.field == Field::kAmount) {
      KS_TRY(const auto amount, take_positive(params, rule));
      (transfer ? transfer->amount : withdrawal->amount) = amount.value_or(Decimal());
    } else {
      KS_TRY(const auto value, take_choice(params, rule));
      if (!value) continue;
      if (rule.field == Field::kDirection || rule.field == Field::kWalletPair) {
        KS_CHECK(place_wallets(form, rule, *value, transfer));
      } else if (std::string* slot = text_slot(rule.field, transfer, withdrawal)) {
        *slot = *value;
      }
    }
  }
  return {};
}

}  // namespace

Result<Transfer> read_transfer(const Form& form, ParamReader& params) {
  Transfer transfer;
  transfer.leaves_account = form.other_account;
  KS_CHECK(read_funds(form, params, &transfer, nullptr));
  if (form.path.ends_with("/subToMaster")) transfer.to_account = "master";
  // What names no wallet moves between spot wallets.
  if (transfer.from.empty()) transfer.from = transfer.to = "SPOT";
  return transfer;
}

Result<Withdrawal> read_withdrawal(const Form& form, ParamReader& params) {
  Withdrawal withdrawal;
  // Binance takes its fee out of the amount.
  withdrawal.fee_included = true;
  KS_CHECK(read_funds(form, params, nullptr, &withdrawal));
  return withdrawal;
}

}  // namespace keystile::exchanges::binance
