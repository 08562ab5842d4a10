#include "signer/holdings.h"

#include <algorithm>
#include <set>

#include "exchanges/networks.h"
#include "exchanges/withdrawal_wallets.h"
#include "policy/own_accounts.h"
#include "quorum/withdrawals.h"

namespace keystile::signer {
namespace {

bool may_withdraw(const policy::Policy& policy, const policy::Account& account) {
  const auto asks = [&](const policy::Client& client) {
    return client.account == account.name && !client.revoked && !client.grant.withdraw_to.empty();
  };
  return account.has_key(policy::Role::kWithdraw) ||
         std::any_of(policy.clients.begin(), policy.clients.end(), asks);
}

std::set<std::string> assets_sent(const policy::Policy& policy,
                                  const exchanges::Exchange& exchange) {
  std::set<std::string> assets;
  for (const policy::BookAddress& entry : policy.addresses) {
    for (const std::string& asset : entry.assets) {
      if (exchanges::networks_of(exchange).spelling_of(asset, entry.network)) assets.insert(asset);
    }
  }
  return assets;
}

// From where the grant lets transfers go; without its own list, what could be withdrawn.
std::vector<policy::TransferPair> pairs_of(const policy::Grant& grant,
                                           const policy::Account& moved_by) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(moved_by.exchange);
  if (!grant.transfer_pairs.empty() || !exchange) return grant.transfer_pairs;
  std::vector<policy::TransferPair> pairs;
  for (const std::string_view wallet : exchanges::withdrawal_wallets_of(*exchange)) {
    pairs.push_back({std::string(wallet), "", "", ""});
  }
  return pairs;
}

}  // namespace

void Holdings::adopt(const policy::Policy& policy) {
  watched_.clear();
  for (const policy::Account& account : policy.accounts) watch_withdrawals(policy, account);
  for (const policy::Client& client : policy.clients) watch_transfers(policy, client);
}

void Holdings::watch_withdrawals(const policy::Policy& policy, const policy::Account& account) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(account.exchange);
  if (!exchange || !may_withdraw(policy, account)) return;
  for (const std::string& asset : assets_sent(policy, *exchange)) {
    for (const std::string_view wallet : exchanges::withdrawal_wallets_of(*exchange)) {
      watched_[{account.name, asset, std::string(wallet)}].for_withdrawals = true;
    }
  }
}

void Holdings::watch_transfers(const policy::Policy& policy, const policy::Client& client) {
  const policy::Account* moved_by = policy.account(client.account);
  const policy::Grant& grant = client.grant;
  if (!moved_by || client.revoked || !grant.transfer_approval_above) return;
  for (const policy::TransferPair& pair : pairs_of(grant, *moved_by)) {
    const policy::Account* from = policy::account_at(policy, *moved_by, pair.from_account);
    for (const std::string& asset : grant.transfer_assets) {
      if (!from || find(*from, asset, pair.from)) continue;
      watched_.try_emplace({from->name, asset, pair.from});
    }
  }
}

auto Holdings::find(const policy::Account& account, std::string_view asset,
                    std::string_view wallet) const -> const std::pair<const Question, Watched>* {
  const exchanges::Exchange* exchange = exchanges::find_exchange(account.exchange);
  const auto at = std::find_if(watched_.begin(), watched_.end(), [&](const auto& each) {
    const Question& question = each.first;
    return question.account == account.name && question.asset == asset && exchange &&
           exchanges::is_same_wallet(*exchange, question.wallet, wallet);
  });
  return at == watched_.end() ? nullptr : &*at;
}

std::vector<Holdings::Question> Holdings::due() {
  std::map<std::string_view, decltype(watched_)::value_type*> next;  // of each account
  std::set<std::string_view> busy;
  for (auto& item : watched_) {
    if (item.second.running) busy.insert(item.first.account);
    auto& first = next.try_emplace(item.first.account, &item).first->second;
    if (item.second.due < first->second.due) first = &item;
  }
  std::vector<Question> questions;
  for (const auto& [account, item] : next) {
    if (busy.contains(account) || clock_.mono() < item->second.due) continue;
    item->second.running = true;
    questions.push_back(item->first);
  }
  return questions;
}

std::vector<Holdings::Question> Holdings::beside(const Question& question) const {
  std::vector<Question> all;
  for (const auto& [each, watched] : watched_) {
    if (each.account == question.account && each.wallet == question.wallet) all.push_back(each);
  }
  return all;
}

void Holdings::put_off(const Question& question, Millis time) {
  const auto at = watched_.find(question);
  if (at == watched_.end()) return;
  at->second.running = false;
  at->second.due = clock_.mono() + time;
}

void Holdings::heard(const Question& question, WallTime asked,
                     const Result<exchanges::Held>& held) {
  put_off(question, kEvery);
  const auto at = watched_.find(question);
  if (at == watched_.end()) return;
  Watched& watched = at->second;
  watched.trouble = held ? "" : held.error().message;
  if (!held) return;
  watched.held = *held;
  watched.asked = asked;
  watched.read = clock_.mono();
}

bool Holdings::is_known(const Watched& watched) const {
  return watched.held && clock_.mono() - watched.read <= kFresh;
}

std::optional<Holdings::Sum> Holdings::sum_of(std::string_view account,
                                              std::string_view asset) const {
  std::optional<Sum> sum;
  for (const auto& [question, watched] : watched_) {
    const bool counts = watched.for_withdrawals && question.account == account;
    if (!counts || question.asset != asset) continue;
    if (!is_known(watched)) return std::nullopt;
    if (!sum) sum = Sum{{}, watched.asked};
    const auto total = sum->held.total.plus(watched.held->total);
    const auto free = sum->held.free.plus(watched.held->free);
    if (!total || !free) return std::nullopt;
    sum->held = {*total, *free};
    sum->asked = std::min(sum->asked, watched.asked);
  }
  return sum;
}

Result<std::optional<policy::Cover>> Holdings::cover_of(const quorum::Proposals& proposals,
                                                        const policy::Account& account,
                                                        std::string_view asset) const {
  const auto sum = sum_of(account.name, asset);
  if (!sum) return std::optional<policy::Cover>();
  KS_TRY(const Decimal promised, quorum::promised(proposals, account, asset, sum->asked));
  return std::optional(policy::Cover{sum->held.free, promised});
}

Result<std::vector<policy::Cover>> Holdings::covers_of(const quorum::Proposals& proposals,
                                                       const policy::Account& account,
                                                       const quorum::Transfer& facts) const {
  std::vector<policy::Cover> covers;
  const auto* wallet = find(account, facts.asset, facts.from);
  if (wallet && is_known(wallet->second)) {
    const Watched& watched = wallet->second;
    KS_TRY(const Decimal promised,
           quorum::promised_from(proposals, account, facts.from, facts.asset, watched.asked));
    covers.push_back({watched.held->free, promised});
  }
  if (!quorum::takes_from_withdrawals(facts, account)) return covers;
  KS_TRY(const std::optional<policy::Cover> all, cover_of(proposals, account, facts.asset));
  if (all) covers.push_back(*all);
  return covers;
}

std::vector<Holdings::Row> Holdings::rows() const {
  std::vector<Row> rows;
  for (const auto& [question, watched] : watched_) {
    if (!watched.for_withdrawals) continue;
    const bool begins = rows.empty() || rows.back().account != question.account ||
                        rows.back().asset != question.asset;
    if (begins) {
      rows.push_back(
          {question.account, question.asset, sum_of(question.account, question.asset), ""});
    }
    if (!watched.trouble.empty()) rows.back().trouble = watched.trouble;
  }
  return rows;
}

}  // namespace keystile::signer
