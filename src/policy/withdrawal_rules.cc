// The rules for a withdrawal. None is only noted while a client is observed.
#include <fmt/format.h>

#include <algorithm>

#include "policy/rules.h"
#include "policy/span.h"

namespace keystile::policy {
namespace {

using exchanges::Reason;

const exchanges::Withdrawal& asked(const Question& q) { return *q.intent->withdrawal; }

// Beyond a limit with what was asked for before it.
Objection beyond(const Question& q, const Decimal& before, const std::optional<Decimal>& limit,
                 std::string_view what) {
  const auto value = value_of_withdrawal(q);
  if (!limit || !value) return {};
  const auto total = before.plus(*value);
  if (!total) return too_large_to_add();
  if (*total <= *limit) return {};
  return Denial{Reason::kLimit,
                fmt::format("{} of it and {} of the last 24 hours are above the {} limit {}",
                            money(*value, q), money(before, q), money(*limit, q), what)};
}

Objection unsupported(const Question& q) {
  const exchanges::Withdrawal& withdrawal = asked(q);
  if (!q.withdrawal->supported) {
    return not_permitted("withdrawals by " + exchanges::to_string(*q.route) +
                         " are not supported: use the exchange's usual call");
  }
  if (withdrawal.internal) {
    return not_permitted(
        "withdrawals to another customer of the exchange by account are not "
        "supported: nobody can check such a receiver. Withdraw to an address");
  }
  if (!withdrawal.receiver.empty()) {
    return not_permitted(
        "withdrawals that tell who the receiver is (travel rule) are not "
        "supported: the ledger that people approve from would have to hold it");
  }
  if (!withdrawal.amount.is_positive()) return not_permitted("the amount must be above zero");
  return {};
}

Objection not_listed(const Question& q) {
  const BookAddress* to = q.withdrawal->to;
  if (!to) return not_permitted(q.withdrawal->unlisted);
  const auto& names = q.client->grant.withdraw_to;
  if (std::find(names.begin(), names.end(), to->name) != names.end()) return {};
  return not_permitted("the grant does not name the address " + to->name);
}

Objection too_new(const Question& q) {
  const BookAddress& to = *q.withdrawal->to;
  const Millis left = to.hold - q.withdrawal->listed_for;
  if (left <= Millis{0}) return {};
  return not_permitted(fmt::format("the address {} is new: it may be used in {}", to.name,
                                   span_text(std::chrono::ceil<std::chrono::seconds>(left))));
}

// Without a price only an amount can bound it, and whatever is limited by value cannot be judged.
Objection unpriced(const Question& q) {
  const auto value = value_of_withdrawal(q);
  if (value) return {};
  const WithdrawalFacts& facts = *q.withdrawal;
  const bool first = facts.to->first_use_max && !facts.used;
  if (q.client->grant.daily_amounts.contains(asked(q).asset) && !first &&
      !facts.to->daily_withdrawal && !facts.account->daily_withdrawal) {
    return {};
  }
  return not_priced(value.error());
}

Objection too_large(const Question& q) {
  const auto value = value_of_withdrawal(q);
  const auto& limit = q.client->grant.max_withdrawal;
  if (!value || !limit || *value <= *limit) return {};
  return Denial{Reason::kLimit,
                fmt::format("withdrawal of {} is above the {} limit of one withdrawal",
                            money(*value, q), money(*limit, q))};
}

Objection first_use_too_large(const Question& q) {
  const auto value = value_of_withdrawal(q);
  const BookAddress& to = *q.withdrawal->to;
  if (q.withdrawal->used || !to.first_use_max || !value) return {};
  const auto all = q.withdrawal->unproven.plus(*value);
  if (all && *all <= *to.first_use_max) return {};
  return Denial{Reason::kLimit,
                fmt::format("nothing was sent to {} before: until one has arrived, no more "
                            "than {} together",
                            to.name, money(*to.first_use_max, q))};
}

Objection client_day(const Question& q) {
  return beyond(q, q.withdrawal->by_client, q.client->grant.daily_withdrawal, "of this client");
}

Objection account_day(const Question& q) {
  const Account& account = *q.withdrawal->account;
  return beyond(q, q.withdrawal->by_account, account.daily_withdrawal,
                "of account " + account.name);
}

Objection address_day(const Question& q) {
  const BookAddress& to = *q.withdrawal->to;
  return beyond(q, q.withdrawal->to_address, to.daily_withdrawal, "of address " + to.name);
}

Objection asset_day(const Question& q) {
  const auto& limits = q.client->grant.daily_amounts;
  const auto limit = limits.find(asked(q).asset);
  if (limit == limits.end()) return {};
  const auto total = q.withdrawal->of_asset.plus(asked(q).amount);
  if (!total) return too_large_to_add();
  if (*total <= limit->second) return {};
  return Denial{Reason::kLimit,
                fmt::format("with {} {} of the last 24 hours it is above the limit of {}",
                            q.withdrawal->of_asset.str(), limit->first, limit->second.str())};
}

Objection too_many(const Question& q) {
  const uint32_t limit = q.client->grant.withdrawals_per_day;
  if (q.withdrawal->count < limit) return {};
  return Denial{Reason::kLimit, fmt::format("more than {} withdrawals within 24 hours", limit)};
}

Objection not_covered(const Question& q) {
  const auto& cover = q.withdrawal->cover;
  if (!cover || cover->suffices(asked(q).amount)) return {};
  return not_free(q.withdrawal->account->name, asked(q).asset);
}

Objection id_taken(const Question& q) {
  if (q.withdrawal->own_id != OwnId::kTaken) return {};
  return not_permitted("its id " + asked(q).client_id +
                       " was used before, for a withdrawal with other fields: give another");
}

constexpr RequestRule kWithdrawalRules[] = {
    {"withdrawal.own_id", id_taken, Observed::kEnforced},
    {"withdrawal.unsupported", unsupported, Observed::kEnforced},
    {"grant.withdraw_to", not_listed, Observed::kEnforced},
    {"address.hold", too_new, Observed::kEnforced},
    {"withdrawal.unpriced", unpriced, Observed::kEnforced},
    {"grant.max_withdrawal", too_large, Observed::kEnforced},
    {"address.first_use_max", first_use_too_large, Observed::kEnforced},
    {"grant.withdrawals_per_day", too_many, Observed::kEnforced},
    {"grant.daily_withdrawal", client_day, Observed::kEnforced},
    {"grant.daily_amounts", asset_day, Observed::kEnforced},
    {"account.daily_withdrawal", account_day, Observed::kEnforced},
    {"address.daily_withdrawal", address_day, Observed::kEnforced},
    {"account.balance", not_covered, Observed::kEnforced},
};

}  // namespace

Denial not_free(std::string_view account, std::string_view asset) {
  return {Reason::kLimit,
          fmt::format("account {} has not so much {} free beyond what is already asked for",
                      account, asset)};
}

std::span<const RequestRule> withdrawal_rules() { return kWithdrawalRules; }

Result<Decimal> value_of_withdrawal(const Question& q) {
  return in_currency(asked(q).asset, asked(q).amount, *q.market, q.mono);
}

}  // namespace keystile::policy
