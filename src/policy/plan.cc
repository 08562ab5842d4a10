// plan(): what a change of policy allows and forbids, in words.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "policy/loader.h"
#include "policy/pricing.h"

namespace keystile::policy {
namespace {

std::string show(const std::string& text) { return text; }
std::string show(const Network& network) { return network.text; }
std::string show(const RoutePattern& route) { return route.method + " " + route.path; }
std::string show(exchanges::Scope scope) { return std::string(exchanges::to_string(scope)); }
std::string show(exchanges::Product product) { return std::string(exchanges::to_string(product)); }
std::string show(exchanges::OrderType type) { return std::string(exchanges::to_string(type)); }
std::string show(const TransferPair& pair) { return to_string(pair); }
std::string show(const Decimal& amount) { return amount.str(); }
std::string show(uint32_t count) { return std::to_string(count); }
std::string show(WallTime time) { return iso8601(time); }

// Without a limit everything may, or nothing at all: one word for both would mislead whoever reads.
template <class T>
std::string shown(const std::optional<T>& limit, bool absent_is_unlimited = true) {
  if (limit) return show(*limit);
  if constexpr (std::is_same_v<T, WallTime>) return "never";
  return absent_is_unlimited ? "no limit" : "nothing";
}

template <class T>
std::vector<std::string> show_all(const std::vector<T>& all) {
  std::vector<std::string> texts;
  for (const T& one : all) texts.push_back(show(one));
  std::sort(texts.begin(), texts.end());
  return texts;
}

template <class T>
std::string joined(const std::vector<T>& all) {
  return all.empty() ? "none" : fmt::format("{}", fmt::join(show_all(all), ", "));
}

template <class T>
std::vector<std::string> missing_from(const std::vector<T>& all, const std::vector<T>& other) {
  const auto a = show_all(all), b = show_all(other);
  std::vector<std::string> only;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
  return only;
}

// The differences of one thing: a client, an account, an environment, the realm.
class Differences {
 public:
  Differences(std::string subject, std::vector<Change>* out, bool about_withdrawals = true)
      : subject_(std::move(subject)), out_(out), about_withdrawals_(about_withdrawals) {}

  void add(bool widens, const std::string& text) {
    out_->push_back({widens, subject_ + ": " + text, about_withdrawals_});
  }

  // A list that permits what is on it. what: "may trade {}" reads "may now trade X".
  template <class T>
  void permits(const char* verb, const char* noun, const std::vector<T>& before,
               const std::vector<T>& after) {
    for (const auto& one : missing_from(after, before)) {
      add(true, fmt::format("may now {} {}{}", verb, noun, one));
    }
    for (const auto& one : missing_from(before, after)) {
      add(false, fmt::format("may no longer {} {}{}", verb, noun, one));
    }
  }

  // The same, but an empty list permits all.
  template <class T>
  void filters(const char* what, const std::vector<T>& before, const std::vector<T>& after) {
    if (show_all(before) == show_all(after)) return;
    if (before.empty() || after.empty()) {
      add(after.empty(), after.empty() ? fmt::format("may now use all {}", what)
                                       : fmt::format("may only use {}: {}", what, joined(after)));
      return;
    }
    permits("use", "", before, after);
  }

  // A limit; without one: unlimited, or nothing at all.
  template <class T>
  void limit(const char* what, const std::optional<T>& before, const std::optional<T>& after,
             bool absent_is_unlimited = true) {
    if (before == after) return;
    const bool widens =
        before && after ? *after > *before : after.has_value() != absent_is_unlimited;
    add(widens, fmt::format("{} {} → {}", what, shown(before, absent_is_unlimited),
                            shown(after, absent_is_unlimited)));
  }

  // So much there must be; without it: nothing need be.
  void least(const char* what, const std::optional<Decimal>& before,
             const std::optional<Decimal>& after) {
    if (before == after) return;
    const bool widens = before && (!after || *after < *before);
    add(widens, fmt::format("{} {} → {}", what, shown(before, false), shown(after, false)));
  }

  void flag(const char* what, bool before, bool after, bool widens_when = true) {
    if (before != after) {
      add(after == widens_when, fmt::format("{} is now {}", what, after ? "true" : "false"));
    }
  }

  void value(const char* what, const std::string& before, const std::string& after,
             bool widens = true) {
    if (before != after) {
      add(widens, fmt::format("{} \"{}\" → \"{}\"", what, before, after));
    }
  }

 private:
  std::string subject_;
  std::vector<Change>* out_;
  bool about_withdrawals_;
};

void diff_amounts(const std::map<std::string, Decimal>& before,
                  const std::map<std::string, Decimal>& after, Differences* out) {
  const auto of = [](const auto& all, const std::string& asset) {
    const auto at = all.find(asset);
    return at == all.end() ? std::nullopt : std::optional(at->second);
  };
  std::map<std::string, Decimal> both = before;
  both.insert(after.begin(), after.end());
  for (const auto& [asset, amount] : both) {
    const auto was = of(before, asset), is = of(after, asset);
    const std::string what = "a day of " + asset;
    if (was.has_value() == is.has_value()) {
      out->limit(what.c_str(), was, is);
    } else {  // with one, what has no price may be sent; without, what has one is not limited so
      out->add(true, fmt::format("{} {} → {}", what, shown(was), shown(is)));
    }
  }
}

// It bounds limit prices, and says what market orders and sells are taken to slip: where orders are
// limited by value, larger ones pass a narrower band.
void diff_band(const Grant& before, const Grant& after, Differences* out) {
  const auto band = [](const Grant& grant) {
    return grant.price_band_set ? std::optional(grant.price_band) : std::nullopt;
  };
  const auto was = band(before), is = band(after);
  const bool limited = after.max_order_notional || after.daily_exposure;
  if (limited && slippage_of(after) < slippage_of(before)) {
    out->add(true, fmt::format("price_band {} → {}: larger orders are within its limits",
                               shown(was), shown(is)));
  } else {
    out->limit("price_band", was, is);
  }
}

void diff_grant(const Grant& before, const Grant& after, Differences* out) {
  out->permits("use", "the scope ", before.scopes, after.scopes);
  out->permits("come from", "", before.networks, after.networks);
  out->filters("routes", before.allow_routes, after.allow_routes);
  out->permits("use", "", after.deny_routes, before.deny_routes);
  out->permits("trade", "", before.instruments, after.instruments);
  out->permits("trade", "the product ", before.products, after.products);
  out->filters("order types", before.order_types, after.order_types);
  out->flag("account_wide", before.account_wide, after.account_wide);
  out->flag("transfers_out", before.transfers_out, after.transfers_out);
  out->permits("transfer", "", before.transfer_assets, after.transfer_assets);
  out->filters("transfer pairs", before.transfer_pairs, after.transfer_pairs);
  out->permits("withdraw to", "", before.withdraw_to, after.withdraw_to);
  out->limit("max_withdrawal", before.max_withdrawal, after.max_withdrawal);
  out->limit("daily_withdrawal", before.daily_withdrawal, after.daily_withdrawal);
  diff_amounts(before.daily_amounts, after.daily_amounts, out);
  out->limit("withdrawals_per_day", std::optional(before.withdrawals_per_day),
             std::optional(after.withdrawals_per_day));
  out->limit("max_order_notional", before.max_order_notional, after.max_order_notional);
  out->limit("daily_exposure", before.daily_exposure, after.daily_exposure);
  out->limit("max_transfer", before.max_transfer, after.max_transfer, false);
  out->limit("transfer_approval_above", before.transfer_approval_above,
             after.transfer_approval_above);
  out->limit("orders_per_second", before.orders_per_second, after.orders_per_second);
  out->limit("reads_per_second", std::optional(before.reads_per_second),
             std::optional(after.reads_per_second));
  out->limit("open_orders", before.open_orders, after.open_orders);
  diff_band(before, after, out);
  out->limit("max_slippage_bps", before.max_slippage_bps, after.max_slippage_bps);
  out->least("min_depth", before.min_depth, after.min_depth);
  const auto hours = [](const Grant& grant) {
    return grant.hours ? grant.hours->text : std::string("always");
  };
  out->value("hours", hours(before), hours(after), before.hours.has_value());
}

// What is judged by value is judged by these, the first of them before the others. At another
// price, or where none is known any more, limits by value let through what they held.
void diff_currency_assets(const std::vector<std::string>& before,
                          const std::vector<std::string>& after, Differences* out) {
  const auto added = missing_from(after, before), removed = missing_from(before, after);
  for (const std::string& asset : added) {
    out->add(true, "may now count 1:1 as its currency: " + asset);
  }
  for (const std::string& asset : removed) {
    out->add(true, "no longer counts 1:1 as its currency, and so is limited otherwise: " + asset);
  }
  if (added.empty() && removed.empty() && before != after) {
    out->add(true, fmt::format("prices are looked for in {} → {}", fmt::join(before, ", "),
                               fmt::join(after, ", ")));
  }
}

void diff_observed(const Client& before, const Client& after, Differences* out) {
  const auto &from = before.observe_until, &to = after.observe_until;
  if (from == to) return;
  if (to) {
    out->add(!from || *to > *from,
             fmt::format("observed until {}: its limits are not enforced", iso8601(*to)));
  } else {
    out->add(false, "no longer observed: its limits are enforced");
  }
}

bool moves_funds(Role role) { return role != Role::kRead && role != Role::kTrade; }

// Also between own accounts, since one may have limits that the other has not.
bool may_move_funds(const Grant& grant) {
  const bool by_scope =
      std::any_of(grant.scopes.begin(), grant.scopes.end(),
                  [](exchanges::Scope scope) { return moves_funds(role_for(scope)); });
  return by_scope || grant.transfers_out || !grant.transfer_assets.empty() ||
         !grant.withdraw_to.empty();
}

void diff_client(const Client& before, const Client& after, std::vector<Change>* changes) {
  Differences out("client " + after.name, changes,
                  may_move_funds(before.grant) || may_move_funds(after.grant));
  out.value("account", before.account, after.account);
  out.value("profile", before.profile, after.profile, false);
  out.value("virtual key", before.key_id, after.key_id);
  out.value("algorithm", std::string(crypto::to_string(before.algorithm)),
            std::string(crypto::to_string(after.algorithm)));
  out.value("vault entry", before.vault, after.vault);
  out.limit("expiry", before.expires, after.expires);
  out.flag("revoked", before.revoked, after.revoked, false);
  diff_observed(before, after, &out);
  diff_grant(before.grant, after.grant, &out);
}

// Also those that there are not: of a new program nobody has read any before.
void tell_limits(const Client& client, Differences* out) {
  const Grant& grant = client.grant;
  const auto all = [](const auto& list) { return list.empty() ? "all" : joined(list); };
  out->add(true,
           fmt::format("expires {}; hours {}; routes {} but {}; {} reads a second",
                       shown(client.expires), grant.hours ? grant.hours->text : "always",
                       all(grant.allow_routes), joined(grant.deny_routes), grant.reads_per_second));
  const bool trades = std::find(grant.scopes.begin(), grant.scopes.end(),
                                exchanges::Scope::kTrade) != grant.scopes.end();
  if (!trades) return;
  out->add(
      true,
      fmt::format("one order {}, a day {}; open orders {}, orders a second {}; order types "
                  "{}; price_band {}, max_slippage_bps {}, min_depth {}",
                  shown(grant.max_order_notional), shown(grant.daily_exposure),
                  shown(grant.open_orders), shown(grant.orders_per_second), all(grant.order_types),
                  shown(grant.price_band_set ? std::optional(grant.price_band) : std::nullopt),
                  shown(grant.max_slippage_bps), shown(grant.min_depth, false)));
}

std::string text_of(const std::map<std::string, Decimal>& daily_amounts) {
  std::string text;
  for (const auto& [asset, amount] : daily_amounts) {
    text += fmt::format(", a day {} {}", amount.str(), asset);
  }
  return text;
}

void new_client(const Client& client, std::vector<Change>* changes) {
  const Grant& grant = client.grant;
  changes->push_back(
      {true,
       fmt::format("client {}: new, on account {}; scopes {}; products {}; instruments {}; "
                   "from {}",
                   client.name, client.account, joined(grant.scopes), joined(grant.products),
                   joined(grant.instruments), joined(grant.networks)),
       may_move_funds(grant)});
  Differences out("client " + client.name, changes, may_move_funds(grant));
  diff_observed(Client{}, client, &out);
  out.flag("account_wide", false, grant.account_wide);
  out.flag("transfers_out", false, grant.transfers_out);
  tell_limits(client, &out);
  if (!grant.transfer_assets.empty() && grant.max_transfer) {
    out.add(
        true,
        fmt::format(
            "may transfer {}, {}; one {}, above {} people decide", joined(grant.transfer_assets),
            grant.transfer_pairs.empty() ? "between any wallets" : joined(grant.transfer_pairs),
            shown(grant.max_transfer, false), shown(grant.transfer_approval_above)));
  }
  if (grant.withdraw_to.empty()) return;
  out.add(true, fmt::format("may ask to withdraw to {}; one {}, a day {}{}, {} a day",
                            joined(grant.withdraw_to), shown(grant.max_withdrawal),
                            shown(grant.daily_withdrawal), text_of(grant.daily_amounts),
                            grant.withdrawals_per_day));
}

void diff_keys(const Account& before, const Account& after, std::vector<Change>* changes) {
  const auto of_role = [](const Account& account, Role role) -> const Key* {
    const auto at = std::find_if(account.keys.begin(), account.keys.end(),
                                 [&](const Key& key) { return key.role == role; });
    return at == account.keys.end() ? nullptr : &*at;
  };
  for (Role role : {Role::kWithdraw, Role::kAdmin, Role::kTransfer, Role::kTrade, Role::kRead}) {
    const Key* old_key = of_role(before, role);
    const Key* new_key = of_role(after, role);
    const std::string name = std::string(to_string(role)) + " key";
    Differences out("account " + after.name, changes, moves_funds(role));
    if (!old_key && new_key) {
      out.add(true, fmt::format("new {} ({})", name, new_key->vault));
      out.flag((name + " ip_restricted").c_str(), true, new_key->ip_restricted, false);
    }
    if (old_key && !new_key) out.add(false, fmt::format("no {} any more", name));
    if (!old_key || !new_key) continue;
    out.value(name.c_str(), old_key->vault, new_key->vault);
    out.limit((name + " expiry").c_str(), old_key->expires, new_key->expires);
    out.flag((name + " ip_restricted").c_str(), old_key->ip_restricted, new_key->ip_restricted,
             false);
  }
}

std::string kind_of(const Account& account) {
  return account.kind == AccountKind::kStorage ? "storage" : "trading";
}

void diff_account(const Account& before, const Account& after, std::vector<Change>* changes) {
  Differences out("account " + after.name, changes);
  out.value("exchange", before.exchange, after.exchange);
  out.value("environment", before.environment, after.environment);
  out.value("kind", kind_of(before), kind_of(after), after.kind == AccountKind::kTrading);
  out.value("known_as", before.known_as, after.known_as);
  out.limit("daily_withdrawal", before.daily_withdrawal, after.daily_withdrawal);
  diff_keys(before, after, changes);
}

void new_account(const Account& account, std::vector<Change>* changes) {
  changes->push_back({true, fmt::format("account {}: new, {} in {}, {}; daily_withdrawal {}",
                                        account.name, account.exchange, account.environment,
                                        kind_of(account), shown(account.daily_withdrawal))});
  Differences out("account " + account.name, changes);
  out.value("known_as", "", account.known_as);
  diff_keys(Account{}, account, changes);
}

void diff_upstream(const std::string& environment, const Upstream& before, const Upstream& after,
                   std::vector<Change>* changes) {
  Differences out("environment " + environment, changes);
  const auto hosts = [](const Upstream& upstream) {
    std::string text;
    for (const auto& [family, host] : upstream.hosts) {
      text += (text.empty() ? "" : ", ") + family + " " + host;
    }
    return text.empty() ? std::string("the exchange's own") : text;
  };
  out.value((after.exchange + " hosts").c_str(), hosts(before), hosts(after));
  out.value((after.exchange + " ca_file").c_str(), before.ca_file, after.ca_file);
  out.flag((after.exchange + " allow_tls12").c_str(), before.allow_tls12, after.allow_tls12);
  out.limit((after.exchange + " rate_limit_percent").c_str(),
            std::optional(before.rate_limit_percent), std::optional(after.rate_limit_percent));
}

// Calls `changed`, `added` or `removed` for what is in both lists, only after, or only before.
template <class T, class Name>
void match(const std::vector<T>& before, const std::vector<T>& after, Name name,
           const std::function<void(const T&, const T&)>& changed,
           const std::function<void(const T&)>& added,
           const std::function<void(const T&)>& removed) {
  const auto find = [&](const std::vector<T>& all, const T& like) {
    return std::find_if(all.begin(), all.end(),
                        [&](const T& one) { return name(one) == name(like); });
  };
  for (const T& one : after) {
    const auto old = find(before, one);
    old == before.end() ? added(one) : changed(*old, one);
  }
  for (const T& one : before) {
    if (find(after, one) == after.end()) removed(one);
  }
}

void diff_environment(const Environment& before, const Environment& after,
                      std::vector<Change>* changes) {
  Differences out("environment " + after.name, changes);
  out.value("tier", std::string(to_string(before.tier)), std::string(to_string(after.tier)));
  match<Upstream>(
      before.upstreams, after.upstreams, [](const Upstream& u) { return u.exchange; },
      [&](const Upstream& a, const Upstream& b) { diff_upstream(after.name, a, b, changes); },
      [&](const Upstream& u) {
        out.add(true, "now reaches " + u.exchange);
        diff_upstream(after.name, Upstream{}, u, changes);
      },
      [&](const Upstream& u) { out.add(false, "no longer reaches " + u.exchange); });
}

int danger(const Change& change) {
  if (!change.widens) return 0;
  return change.about_withdrawals ? 2 : 1;
}

}  // namespace

std::vector<Change> plan(const Policy& before, const Policy& after) {
  std::vector<Change> changes;
  const auto name = [](const auto& one) { return one.name; };
  const auto removed = [&](const char* what) {
    return [&changes, what](const auto& one) {
      changes.push_back({false, fmt::format("{} {}: removed", what, one.name)});
    };
  };
  Differences realm("realm", &changes);
  realm.value("name", before.realm, after.realm);
  realm.value("currency", before.currency, after.currency);
  diff_currency_assets(before.currency_assets, after.currency_assets, &realm);
  match<Environment>(
      before.environments, after.environments, name,
      [&](const auto& a, const auto& b) { diff_environment(a, b, &changes); },
      [&](const Environment& one) {
        changes.push_back(
            {true, fmt::format("environment {}: new, {}", one.name, to_string(one.tier))});
        diff_environment(Environment{one.name, one.tier, {}}, one, &changes);
      },
      removed("environment"));
  match<Account>(
      before.accounts, after.accounts, name,
      [&](const auto& a, const auto& b) { diff_account(a, b, &changes); },
      [&](const Account& one) { new_account(one, &changes); }, removed("account"));
  match<Client>(
      before.clients, after.clients, name,
      [&](const auto& a, const auto& b) { diff_client(a, b, &changes); },
      [&](const Client& one) { new_client(one, &changes); }, removed("client"));
  plan_addresses(before, after, &changes);
  plan_working_balances(before, after, &changes);
  plan_quorums(before, after, &changes);
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return danger(a) > danger(b); });
  return changes;
}

bool widens(const std::vector<Change>& changes) {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& change) { return change.widens; });
}

bool widens_withdrawals(const std::vector<Change>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const Change& change) {
    return change.widens && change.about_withdrawals;
  });
}

}  // namespace keystile::policy
