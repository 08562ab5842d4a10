// Transfers: what the grant lets pass, and what it lets people decide.
#include <fmt/format.h>

#include <algorithm>

#include "exchanges/transfers.h"
#include "policy/rules.h"

namespace keystile::policy {
namespace {

using exchanges::Reason;

const exchanges::Transfer& asked(const Question& q) { return *q.intent->transfer; }

Objection id_taken(const Question& q) {
  if (!q.transfer) return {};
  // Sent once more after people have agreed, it would be by another id, and move again.
  if (q.transfer->own_id == OwnId::kPassed && needs_people(q)) {
    return not_permitted("a transfer by its id " + asked(q).client_id +
                         " went straight to the exchange before: look there what came of it, and "
                         "for another give another id");
  }
  if (exchanges::is_executor_id(asked(q).client_id)) {
    return not_permitted("ids like " + asked(q).client_id +
                         " are those of transfers that people have approved: give another");
  }
  if (q.transfer->own_id != OwnId::kTaken) return {};
  return not_permitted("its id " + asked(q).client_id +
                       " was used before, for another transfer: give another");
}

Objection asset(const Question& q) {
  const auto& assets = q.client->grant.transfer_assets;
  if (std::find(assets.begin(), assets.end(), asked(q).asset) != assets.end()) return {};
  return not_permitted("the grant does not name " + asked(q).asset + " for transfers");
}

Objection leaves(const Question& q) {
  if (!asked(q).leaves_account || q.client->grant.transfers_out) return {};
  return not_permitted("the transfer leaves the account, and the grant has no transfers_out");
}

Objection pair(const Question& q) {
  const auto& pairs = q.client->grant.transfer_pairs;
  const auto fits = [&](const TransferPair& one) { return one.matches(asked(q)); };
  if (pairs.empty() || std::any_of(pairs.begin(), pairs.end(), fits)) return {};
  return not_permitted("the grant does not list the transfer " + to_string(pair_of(asked(q))));
}

Objection size(const Question& q) {
  const auto& limit = q.client->grant.max_transfer;
  if (!limit) return not_permitted("the grant sets no max_transfer");
  if (!asked(q).amount.is_positive()) return not_permitted("the amount must be above zero");
  const auto value = value_of_transfer(q);
  if (!value) return not_priced(value.error());
  if (*value <= *limit) return {};
  return Denial{Reason::kLimit, fmt::format("transfer of {} is above the {} limit of one transfer",
                                            money(*value, q), money(*limit, q))};
}

// What people have to decide must be able to wait for them.
Objection cannot_wait(const Question& q) {
  if (!needs_people(q) || !q.transfer || q.transfer->cannot_wait.empty()) return {};
  return not_permitted(fmt::format("above {} a day people decide, and {}",
                                   money(*q.client->grant.transfer_approval_above, q),
                                   q.transfer->cannot_wait));
}

Objection too_many(const Question& q) {
  if (!needs_people(q) || !q.transfer || q.transfer->asked_24h < kTransfersToDecidePerDay) {
    return {};
  }
  return Denial{Reason::kLimit, fmt::format("more than {} transfers for people to decide on within "
                                            "24 hours",
                                            kTransfersToDecidePerDay)};
}

// What goes straight to the exchange is judged there.
Objection not_covered(const Question& q) {
  if (!needs_people(q) || !q.transfer) return {};
  const auto& covers = q.transfer->covers;
  const bool all = std::all_of(covers.begin(), covers.end(),
                               [&](const Cover& each) { return each.suffices(asked(q).amount); });
  if (all) return {};
  return not_free(q.client->account, asked(q).asset);
}

constexpr RequestRule kTransferRules[] = {
    {"transfer.own_id", id_taken, Observed::kEnforced},
    {"grant.transfer_asset", asset, Observed::kEnforced},
    {"grant.transfers_out", leaves, Observed::kEnforced},
    {"grant.transfer_pairs", pair, Observed::kEnforced},
    {"grant.max_transfer", size, Observed::kEnforced},
    {"transfer.unsupported", cannot_wait, Observed::kEnforced},
    {"transfer.too_many", too_many, Observed::kEnforced},
    {"account.balance", not_covered, Observed::kEnforced},
};

}  // namespace

std::span<const RequestRule> transfer_rules() { return kTransferRules; }

Result<Decimal> value_of_transfer(const Question& q) {
  return in_currency(asked(q).asset, asked(q).amount, *q.market, q.mono);
}

bool needs_people(const Question& q) {
  const auto& above = q.client->grant.transfer_approval_above;
  if (!above) return false;
  const auto value = value_of_transfer(q);
  const auto day = value ? q.usage.transfers_24h.plus(*value) : value;
  return !day || *day > *above;
}

}  // namespace keystile::policy
