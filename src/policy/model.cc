#include "policy/model.h"

#include <algorithm>
#include <array>

namespace keystile::policy {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 5> kRoles{{{Role::kRead, "read"},
                                                                   {Role::kTrade, "trade"},
                                                                   {Role::kTransfer, "transfer"},
                                                                   {Role::kWithdraw, "withdraw"},
                                                                   {Role::kAdmin, "admin"}}};

template <class T>
const T* named(const std::vector<T>& all, std::string_view name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const T& t) { return t.name == name; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace

std::string_view to_string(Role role) {
  for (const auto& [value, name] : kRoles) {
    if (value == role) return name;
  }
  return "unknown";
}

std::optional<Role> parse_role(std::string_view text) {
  for (const auto& [value, name] : kRoles) {
    if (name == text) return value;
  }
  return std::nullopt;
}

Role role_for(exchanges::Scope scope) {
  switch (scope) {
    case exchanges::Scope::kMarket:
    case exchanges::Scope::kRead:
    case exchanges::Scope::kStream:
      return Role::kRead;
    case exchanges::Scope::kTrade:
      return Role::kTrade;
    case exchanges::Scope::kTransfer:
      return Role::kTransfer;
    case exchanges::Scope::kWithdraw:
      return Role::kWithdraw;
    case exchanges::Scope::kAccount:
      return Role::kAdmin;
  }
  return Role::kAdmin;
}

bool Account::has_key(Role role) const {
  return std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.role == role; });
}

std::string_view to_string(Tier tier) {
  switch (tier) {
    case Tier::kProduction:
      return "production";
    case Tier::kStaging:
      return "staging";
    case Tier::kTest:
      return "test";
  }
  return "unknown";
}

bool RoutePattern::matches(std::string_view m, std::string_view p) const {
  if (method != "*" && method != m) return false;
  if (path.ends_with('*')) return p.starts_with(std::string_view(path).substr(0, path.size() - 1));
  return path == p;
}

bool instrument_matches(std::string_view pattern, std::string_view instrument) {
  const size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == instrument;
  const std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  return instrument.size() >= head.size() + tail.size() && instrument.starts_with(head) &&
         instrument.ends_with(tail);
}

const Environment* Policy::environment(std::string_view name) const {
  return named(environments, name);
}
const Account* Policy::account(std::string_view name) const { return named(accounts, name); }
const Client* Policy::client(std::string_view name) const { return named(clients, name); }
const BookAddress* Policy::address(std::string_view name) const { return named(addresses, name); }
const WorkingBalance* Policy::working_balance(std::string_view name) const {
  return named(working_balances, name);
}

const Quorum* Policy::quorum(Action action) const { return quorum_for(quorums, action); }

}  // namespace keystile::policy
