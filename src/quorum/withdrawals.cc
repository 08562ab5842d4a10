#include "quorum/withdrawals.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/networks.h"
#include "exchanges/withdrawal_wallets.h"

namespace keystile::quorum {
namespace {

using exchanges::WithdrawalStage;

constexpr std::string_view kIdPrefix = "exchange id ";
constexpr Millis kDay = std::chrono::hours{24};

WithdrawalStage stage_of(State state) {
  switch (state) {
    case State::kProposed:
    case State::kApproved:
    case State::kHeld:
      return WithdrawalStage::kWaiting;
    case State::kExecuting:
    case State::kUnknown:  // for a program it is on its way until people have found out
      return WithdrawalStage::kSending;
    case State::kDone:
      return WithdrawalStage::kDone;
    case State::kRejected:
      return WithdrawalStage::kRejected;
    case State::kExpired:
    case State::kCancelled:
      return WithdrawalStage::kCancelled;
    case State::kFailed:
      return WithdrawalStage::kFailed;
  }
  return WithdrawalStage::kUnknown;
}

bool is_given_back(State state) {
  return state == State::kRejected || state == State::kExpired || state == State::kCancelled ||
         state == State::kFailed;
}

bool counts(const Case& one, WallTime now) {
  if (is_given_back(one.state)) return false;
  const bool ended = one.state == State::kDone || one.state == State::kUnknown;
  return !ended || now < one.updated + kDay;
}

bool is_by(const Case& one, const policy::Client& client) {
  return one.proposal.asker.kind == Asker::Kind::kClient && one.proposal.asker.name == client.name;
}

// An address of one network is on another one somebody else's, or nobody's, even if it reads alike.
bool goes_to(const Withdrawal& facts, const policy::BookAddress& to) {
  if (facts.address != to.address || facts.memo != to.memo || facts.address_name != to.name) {
    return false;
  }
  const exchanges::Exchange* exchange = exchanges::find_exchange(facts.exchange);
  if (!exchange) return false;
  const auto network = exchanges::networks_of(*exchange).network_of(facts.asset, facts.network);
  return network && *network == to.network;
}

// Whether an end of the transfer, as it is told of it, is this account.
bool is_end(const policy::Account& account, const Transfer& facts, const std::string& known_as) {
  if (facts.exchange != account.exchange || facts.environment != account.environment) return false;
  return known_as.empty() ? facts.account == account.name : known_as == account.known_as;
}

// What takes from what the account has to withdraw.
struct FromWithdrawals {
  const policy::Account& account;

  bool operator()(const Withdrawal& facts) const { return facts.account == account.name; }
  bool operator()(const Transfer& facts) const { return takes_from_withdrawals(facts, account); }
  bool operator()(const PolicyChange&) const { return false; }
  bool operator()(const Unfreeze&) const { return false; }
};

// What takes from that wallet alone: of several nobody knows out of which a withdrawal will leave.
struct FromWallet {
  const policy::Account& account;
  const exchanges::Exchange& exchange;
  std::string_view wallet;

  bool operator()(const Withdrawal& facts) const {
    const auto all = exchanges::withdrawal_wallets_of(exchange);
    return facts.account == account.name && all.size() == 1 &&
           exchanges::is_same_wallet(exchange, all.front(), wallet);
  }
  bool operator()(const Transfer& facts) const {
    return is_end(account, facts, facts.from_account) &&
           exchanges::is_same_wallet(exchange, facts.from, wallet);
  }
  bool operator()(const PolicyChange&) const { return false; }
  bool operator()(const Unfreeze&) const { return false; }
};

bool may_still_take(const Case& one, WallTime read) {
  if (is_given_back(one.state)) return false;
  const bool ended = one.state == State::kDone || one.state == State::kUnknown;
  return !ended || one.updated >= read;
}

class Sum {
 public:
  void add(const Decimal& amount, Decimal* to) {
    const auto sum = to->plus(amount);
    if (sum) {
      *to = *sum;
    } else {
      ok_ = false;
    }
  }
  bool ok() const { return ok_; }

 private:
  bool ok_ = true;
};

template <class Takes>
Result<Decimal> sum_taken(const Proposals& proposals, std::string_view asset, WallTime read,
                          const Takes& takes) {
  Decimal total;
  Sum sum;
  for (const auto& [id, one] : proposals.all()) {
    const auto moved = moved_by(one.proposal.facts);
    if (!moved || moved->asset != asset || !may_still_take(one, read)) continue;
    if (std::visit(takes, one.proposal.facts)) sum.add(moved->amount, &total);
  }
  if (sum.ok()) return total;
  return fail("withdrawal.spent", "what is asked for is too large to add up");
}

}  // namespace

exchanges::Withdrawal asked_of(const Withdrawal& facts) {
  exchanges::Withdrawal asked;
  asked.asset = facts.asset;
  asked.amount = facts.amount;
  asked.address = facts.address;
  asked.tag = facts.memo;
  asked.network = facts.network;
  asked.client_id = facts.own_id;
  asked.wallet = facts.wallet;
  asked.internal = facts.internal;
  asked.on_chain_only = !facts.internal;
  asked.fee_included = facts.fee_included;
  return asked;
}

std::string detail_with_id(std::string_view exchange_id, std::string_view more) {
  return fmt::format("{}{}{}{}", kIdPrefix, exchange_id, more.empty() ? "" : "; ", more);
}

std::string exchange_id(std::string_view detail) {
  if (!detail.starts_with(kIdPrefix)) return {};
  detail.remove_prefix(kIdPrefix.size());
  return std::string(detail.substr(0, detail.find(';')));
}

exchanges::ProposedWithdrawal as_asked(const Case& one) {
  exchanges::ProposedWithdrawal shown;
  shown.id = one.proposal.id;
  shown.asked = asked_of(std::get<Withdrawal>(one.proposal.facts));
  shown.created = one.proposal.created;
  shown.updated = one.updated;
  shown.stage = stage_of(one.state);
  shown.exchange_id = exchange_id(one.detail);
  return shown;
}

std::vector<exchanges::ProposedWithdrawal> asked_by(const Proposals& proposals,
                                                    const policy::Client& client) {
  std::vector<exchanges::ProposedWithdrawal> all;
  for (const auto& [id, one] : proposals.all()) {
    const auto* facts = std::get_if<Withdrawal>(&one.proposal.facts);
    if (facts && is_by(one, client) && facts->account == client.account) {
      all.push_back(as_asked(one));
    }
  }
  return all;
}

Status count_spent(const Proposals& proposals, const policy::Client& client, std::string_view asset,
                   std::string_view currency, WallTime now, policy::WithdrawalFacts* facts,
                   const OwnCount* own) {
  Sum sum;
  for (const auto& [id, one] : proposals.all()) {
    const auto* other = std::get_if<Withdrawal>(&one.proposal.facts);
    if (!other) continue;
    const bool there = goes_to(*other, *facts->to);
    const bool arrived = one.state == State::kDone && (!own || own->arrived.contains(id));
    if (there && arrived) facts->used = true;
    // A program must not be able to ask people for ever by taking back what it asked for.
    if (is_by(one, client) && one.state == State::kCancelled && now < one.updated + kDay) {
      ++facts->count;
    }
    const bool used_up = counts(one, now) || (own && own->counts.contains(id));
    const bool unknown = one.state == State::kUnknown || (own && own->unknown.contains(id));
    if (!used_up && !(unknown && there)) continue;
    if (other->value && other->value->currency != currency) {
      return fail("withdrawal.spent",
                  fmt::format("proposal {} was counted in {}, and the realm counts in {} now: "
                              "until it is a day old no limit can be judged",
                              id, other->value->currency, currency));
    }
    // What had no price was bounded by its amount alone.
    Decimal value = other->value ? other->value->amount : Decimal{};
    if (own && own->worth.contains(id)) value = std::max(value, own->worth.at(id));
    if (there) sum.add(value, &facts->unproven);
    if (!used_up) continue;
    if (there) sum.add(value, &facts->to_address);
    if (other->account == client.account) sum.add(value, &facts->by_account);
    if (!is_by(one, client)) continue;
    sum.add(value, &facts->by_client);
    if (other->asset == asset) sum.add(other->amount, &facts->of_asset);
    ++facts->count;
  }
  if (sum.ok()) return {};
  return fail("withdrawal.spent", "the amounts of the last 24 hours are too large to add up");
}

bool takes_from_withdrawals(const Transfer& facts, const policy::Account& account) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(account.exchange);
  if (!exchange) return false;
  const auto can_leave = [&](const std::string& known_as, const std::string& wallet) {
    return is_end(account, facts, known_as) && exchanges::can_withdraw_from(*exchange, wallet);
  };
  // Only what no withdrawal could take any more afterwards.
  return can_leave(facts.from_account, facts.from) && !can_leave(facts.to_account, facts.to);
}

Result<Decimal> promised(const Proposals& proposals, const policy::Account& account,
                         std::string_view asset, WallTime read) {
  return sum_taken(proposals, asset, read, FromWithdrawals{account});
}

Result<Decimal> promised_from(const Proposals& proposals, const policy::Account& account,
                              std::string_view wallet, std::string_view asset, WallTime read) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(account.exchange);
  if (!exchange) return Decimal{};
  return sum_taken(proposals, asset, read, FromWallet{account, *exchange, wallet});
}

}  // namespace keystile::quorum
