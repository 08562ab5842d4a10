#include "signer/holdings.h"

#include <algorithm>
#include <set>

#include "exchanges/networks.h"
#include "exchanges/withdrawal_wallets.h"
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

}  // namespace

void Holdings::adopt(const policy::Policy& policy) {
  watched_.clear();
  for (const policy::Account& account : policy.accounts) {
    const exchanges::Exchange* exchange = exchanges::find_exchange(account.exchange);
    if (!exchange || !may_withdraw(policy, account)) continue;
    for (const std::string& asset : assets_sent(policy, *exchange)) {
      for (const std::string_view wallet : exchanges::withdrawal_wallets_of(*exchange)) {
        watched_.try_emplace({account.name, asset, std::string(wallet)});
      }
    }
  }
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

std::optional<Holdings::Sum> Holdings::sum_of(std::string_view account,
                                              std::string_view asset) const {
  std::optional<Sum> sum;
  for (const auto& [question, watched] : watched_) {
    if (question.account != account || question.asset != asset) continue;
    if (!watched.held || clock_.mono() - watched.read > kFresh) return std::nullopt;
    if (!sum) sum = Sum{{}, watched.asked};
    const auto total = sum->held.total.plus(watched.held->total);
    const auto free = sum->held.free.plus(watched.held->free);
    if (!total || !free) return std::nullopt;
    sum->held = {*total, *free};
    sum->asked = std::min(sum->asked, watched.asked);
  }
  return sum;
}

Status Holdings::look_up(const quorum::Proposals& proposals, const policy::Account& account,
                         std::string_view asset, policy::WithdrawalFacts* facts) const {
  const auto sum = sum_of(account.name, asset);
  if (!sum) return {};
  facts->free = sum->held.free;
  KS_TRY(facts->promised, quorum::promised(proposals, account, asset, sum->asked));
  return {};
}

std::vector<Holdings::Row> Holdings::rows() const {
  std::vector<Row> rows;
  for (const auto& [question, watched] : watched_) {
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
