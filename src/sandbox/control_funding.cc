#include "sandbox/control_funding.h"

#include <array>
#include <map>

namespace keystile::sandbox {
namespace {

std::string_view to_string(WithdrawalState state) {
  constexpr std::array<std::string_view, 5> kNames{"processing", "sent", "completed", "cancelled",
                                                   "failed"};
  return kNames[static_cast<size_t>(state)];
}

Result<AccountId> account_named(const Venue& venue, const json::Value& body) {
  const Account* account = venue.accounts().find_name(body.text("account"));
  if (!account) return fail("account.unknown", "there is no such account");
  return account->id;
}

json::Value describe(const Venue& venue, const Withdrawal& withdrawal) {
  const WithdrawRequest& request = withdrawal.request;
  const Account* account = venue.accounts().find(request.account);
  return json::object({{"id", std::to_string(withdrawal.id)},
                       {"client_id", request.client_id},
                       {"account", account ? account->name : std::string()},
                       {"wallet", request.wallet},
                       {"asset", request.asset},
                       {"network", request.network},
                       {"address", request.address},
                       {"tag", request.tag},
                       {"amount", request.amount},
                       {"fee", withdrawal.fee},
                       {"fee_included", request.fee_included},
                       {"state", to_string(withdrawal.state)},
                       {"transaction", withdrawal.transaction},
                       {"created", epoch_ms(withdrawal.created)}});
}

json::Value describe(const Venue& venue, const TransferRecord& transfer) {
  const TransferRequest& request = transfer.request;
  const auto name = [&](AccountId id) {
    const Account* account = venue.accounts().find(id);
    return account ? account->name : std::string();
  };
  return json::object({{"id", std::to_string(transfer.id)},
                       {"client_id", request.client_id},
                       {"from_account", name(request.from_account)},
                       {"from_wallet", request.from_wallet},
                       {"to_account", name(request.to_account)},
                       {"to_wallet", request.to_wallet},
                       {"asset", request.asset},
                       {"amount", request.amount}});
}

Status fail_named(Venue& venue, std::string_view name) {
  for (const Withdrawal* withdrawal : venue.funding().all_withdrawals()) {
    if (std::to_string(withdrawal->id) == name || withdrawal->request.client_id == name) {
      KS_TRY(const Withdrawal* failed, venue.funding().fail_withdrawal(withdrawal->id));
      static_cast<void>(failed);
      return {};
    }
  }
  return fail("withdraw.unknown", "there is no such withdrawal");
}

}  // namespace

Result<json::Value> deposit(Venue& venue, const json::Value& body) {
  KS_TRY(const AccountId account, account_named(venue, body));
  KS_TRY(const Decimal amount, Decimal::parse(body.text("amount")));
  KS_TRY(const Deposit* made,
         venue.funding().credit(account, body.text("asset"), body.text("network"), amount));
  return json::object({{"transaction", made->transaction}});
}

Result<json::Value> set_withdrawals(Venue& venue, const json::Value& body) {
  const json::Value *processing = body.find("processing_ms"), *chain = body.find("chain_ms");
  if (processing && chain) {
    KS_TRY(const int64_t first, processing->as_int64());
    KS_TRY(const int64_t second, chain->as_int64());
    if (first < 0 || second < 0) return fail("withdrawals.times", "times must not be below zero");
    venue.funding().set_times(Millis(first), Millis(second));
  } else if (processing || chain) {
    return fail("withdrawals.times", "give processing_ms and chain_ms, or neither");
  }
  if (const json::Value* name = body.find("fail")) {
    KS_CHECK(fail_named(venue, name->text()));
  }
  return json::object({{"ok", true}});
}

Result<json::Value> list_withdrawals(Venue& venue, const json::Value&) {
  json::Array all;
  for (const Withdrawal* withdrawal : venue.funding().all_withdrawals()) {
    all.push_back(describe(venue, *withdrawal));
  }
  return json::object({{"withdrawals", std::move(all)}});
}

Result<json::Value> list_transfers(Venue& venue, const json::Value&) {
  std::map<uint64_t, json::Value> by_id;
  for (const Account* account : venue.accounts().all()) {
    for (const TransferRecord* transfer : venue.funding().transfers(account->id)) {
      by_id.try_emplace(transfer->id, describe(venue, *transfer));
    }
  }
  json::Array all;
  for (auto& [id, each] : by_id) all.push_back(std::move(each));
  return json::object({{"transfers", std::move(all)}});
}

Result<json::Value> set_addresses(Venue& venue, const json::Value& body) {
  KS_TRY(const AccountId account, account_named(venue, body));
  if (const json::Value* only = body.find("only_saved")) {
    if (!only->if_bool()) return fail("addresses.format", "only_saved must be true or false");
    venue.funding().require_saved_addresses(account, *only->if_bool());
  }
  if (const json::Value* save = body.find("save")) {
    venue.funding().save_address(
        account, {std::string(save->text("asset")), std::string(save->text("network")),
                  std::string(save->text("address")), std::string(save->text("tag"))});
  }
  return json::object({{"ok", true}});
}

}  // namespace keystile::sandbox
