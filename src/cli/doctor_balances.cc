// A limit of a day protects only what is beyond it: so it should be less than what is there.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/doctor.h"
#include "cli/upstream.h"
#include "exchanges/balances.h"
#include "exchanges/withdrawal_wallets.h"
#include "executor/prices.h"

namespace keystile::cli {
namespace {

using Level = Check::Level;

constexpr Millis kWindow{5000};

// None: no limit says so.
std::optional<Day> day_of(const policy::Policy& policy, const policy::Account& account) {
  if (account.daily_withdrawal) return Day{*account.daily_withdrawal, true};
  std::optional<Day> day;
  for (const policy::Client& client : policy.clients) {
    const auto& own = client.grant.daily_withdrawal;
    if (client.account != account.name || client.revoked || !own) continue;
    const auto sum = day.value_or(Day{}).most.plus(*own);
    if (sum) day = Day{*sum, false};
  }
  return day;
}

// By what the gate has read; none: it has not read all, or there is no price.
std::optional<Decimal> told_worth(const json::Value& status, std::string_view account) {
  std::optional<Decimal> sum;
  const json::Value* rows = status.find("holdings");
  for (const json::Value& row : rows && rows->if_array() ? *rows->if_array() : json::Array{}) {
    if (row.text("account") != account) continue;
    const auto worth = Decimal::parse(row.text("worth"));
    const auto more = worth ? sum.value_or(Decimal{}).plus(*worth) : worth;
    if (!more) return std::nullopt;
    sum = *more;
  }
  return sum;
}

class Holdings {
 public:
  Holdings(const signer::Layout& layout, const policy::Policy& policy, const vault::Vault& vault,
           const policy::Account& account, const Clock& clock)
      : layout_(layout),
        policy_(policy),
        vault_(vault),
        account_(account),
        clock_(clock),
        exchange_(*exchanges::find_exchange(account.exchange)) {}

  // In the realm's currency, of the assets that the address book names, in the wallets out of which
  // withdrawals go. "doctor.price": of one that is there no price is known.
  Result<Decimal> worth() {
    std::set<std::string> assets;
    for (const policy::BookAddress& entry : policy_.addresses) {
      assets.insert(entry.assets.begin(), entry.assets.end());
    }
    Decimal sum;
    for (const std::string& asset : assets) {
      KS_TRY(const Decimal amount, held(asset));
      if (!amount.is_positive()) continue;
      KS_TRY(const Decimal value, value_of(asset, amount));
      KS_TRY(sum, sum.plus(value));
    }
    return sum;
  }

 private:
  Result<Decimal> held(const std::string& asset) const {
    const exchanges::Balances& balances = exchanges::balances_of(exchange_);
    Decimal sum;
    for (const std::string_view wallet : exchanges::withdrawal_wallets_of(exchange_)) {
      KS_TRY(const HttpRequest query, balances.query(wallet, asset));
      KS_TRY(const HttpRequest request, sign(query));
      KS_TRY(const HttpResponse answer, ask(exchange_.family_of(query.path), request));
      KS_TRY(const exchanges::Held held, balances.read(wallet, asset, answer));
      KS_TRY(sum, sum.plus(held.total));
    }
    return sum;
  }

  Result<HttpRequest> sign(const HttpRequest& query) const {
    const exchanges::Route* route = exchange_.routes().find(query.method, query.path);
    for (const policy::Key& key : account_.keys) {
      const vault::Info* info = key.role == policy::Role::kRead ? vault_.find(key.vault) : nullptr;
      if (!info || !route) continue;
      return exchange_.sign(
          query, *route,
          {info->key_id, vault_.signing_key(key.vault), vault_.passphrase(key.vault)},
          clock_.wall(), kWindow, {});
    }
    return fail("doctor.key", "it has no read key here");
  }

  Result<HttpResponse> ask(std::string_view family, HttpRequest request) const {
    return ask_upstream(layout_, policy_, account_.environment, exchange_, std::string(family),
                        std::move(request));
  }

  Result<Decimal> value_of(const std::string& asset, const Decimal& amount) {
    const auto& money = policy_.currency_assets;
    if (std::find(money.begin(), money.end(), asset) != money.end()) return amount;
    const executor::Place place{account_.environment, account_.exchange};
    const MonoTime now = clock_.mono();
    while (const auto query = prices_.due(place, now)) {
      const auto answer = ask(query->family, query->request);
      const auto update =
          answer ? exchange_.parse_market(*query, *answer)
                 : Result<exchanges::MarketUpdate>(tl::unexpected<Error>(answer.error()));
      // What the exchange's clock says is not known here: an answer is as new as its arrival.
      const WallTime there = update && update->told ? *update->told : clock_.wall();
      prices_.heard(place, *query, update ? &*update : nullptr, there, now);
    }
    if (const auto worth = prices_.worth(place, asset, amount, money, now)) return *worth;
    return fail("doctor.price", fmt::format("no price of {} is known", asset));
  }

  const signer::Layout& layout_;
  const policy::Policy& policy_;
  const vault::Vault& vault_;
  const policy::Account& account_;
  const Clock& clock_;
  const exchanges::Exchange& exchange_;
  executor::Prices prices_;
};

}  // namespace

Check check_day(const std::string& account, const Day& day, const Result<Decimal>& held,
                const std::string& currency) {
  if (!held) {
    return {Level::kWarning, "limits",
            fmt::format("what account {} holds is not known: {}", account, held.error().message)};
  }
  const std::string numbers =
      fmt::format("what {} from account {} in a day may be worth {} {}, and it holds {}",
                  day.is_accounts ? "is withdrawn" : "programs withdraw", account, day.most.str(),
                  currency, held->str());
  if (day.most >= *held) {
    return {Level::kWarning, "limits",
            numbers + ": the limit protects nothing; lower daily_withdrawal"};
  }
  if (day.is_accounts) return {Level::kGood, "limits", numbers};
  return {Level::kWarning, "limits",
          numbers +
              ": what people ask for, or has no price, is beyond it; set the account's "
              "daily_withdrawal"};
}

std::vector<Check> check_days(const signer::Layout& layout, const policy::Policy& policy,
                              std::string_view environment, const vault::Vault& vault,
                              const Clock& clock) {
  std::vector<Check> found;
  for (const policy::Account& account : policy.accounts) {
    const auto day = day_of(policy, account);
    if (account.environment != environment || !day) continue;
    if (!exchanges::find_exchange(account.exchange)) continue;
    const auto held = Holdings(layout, policy, vault, account, clock).worth();
    found.push_back(check_day(account.name, *day, held, policy.currency));
  }
  return found;
}

std::vector<policy::Finding> find_large_days(const policy::Policy& policy,
                                             const json::Value& status) {
  std::vector<policy::Finding> found;
  for (const policy::Account& account : policy.accounts) {
    const auto day = day_of(policy, account);
    const auto held = told_worth(status, account.name);
    if (!day || !held || day->most < *held) continue;
    found.push_back({policy::Finding::Level::kWarning, "account.day_above_balance", "", 0,
                     check_day(account.name, *day, *held, policy.currency).message});
  }
  return found;
}

}  // namespace keystile::cli
