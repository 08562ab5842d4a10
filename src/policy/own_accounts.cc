#include "policy/own_accounts.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/transfers.h"

namespace keystile::policy {
namespace {

bool names_both(const Account& account) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(account.exchange);
  return exchange && exchanges::transfers_of(*exchange).names_both_accounts();
}

// Whether a transfer to or from another account has to give this one's name.
bool is_named(const Account& account, const Account& moved_by) {
  return account.name != moved_by.name || names_both(account);
}

bool are_neighbours(const Account& a, const Account& b) {
  return a.exchange == b.exchange && a.environment == b.environment;
}

tl::unexpected<Error> refuse(std::string what) { return fail("transfer.account", std::move(what)); }

}  // namespace

Status check_between(const OwnWallet& from, const OwnWallet& to, const Account& moved_by) {
  const Account &a = *from.account, &b = *to.account;
  if (!are_neighbours(a, b)) {
    return refuse(fmt::format("{} and {} are not accounts of one exchange in one environment",
                              a.name, b.name));
  }
  if (moved_by.name != a.name && moved_by.name != b.name) {
    return refuse(fmt::format("{} is neither of the two accounts", moved_by.name));
  }
  if (a.name == b.name) {
    if (from.wallet == to.wallet) return refuse("it would move nothing");
    return {};
  }
  for (const Account* each : {&a, &b}) {
    if (!is_named(*each, moved_by) || !each->known_as.empty()) continue;
    return refuse(
        fmt::format("how {} calls account {} in transfers is not known: write known_as "
                    "into its [[account]]",
                    each->exchange, each->name));
  }
  return {};
}

TransferPair pair_between(const OwnWallet& from, const OwnWallet& to, const Account& moved_by) {
  TransferPair pair{from.wallet, "", to.wallet, ""};
  if (from.account->name == to.account->name) return pair;
  if (is_named(*from.account, moved_by)) pair.from_account = from.account->known_as;
  if (is_named(*to.account, moved_by)) pair.to_account = to.account->known_as;
  return pair;
}

const Account* account_at(const Policy& policy, const Account& moved_by,
                          std::string_view known_as) {
  if (known_as.empty()) return &moved_by;
  const auto at =
      std::find_if(policy.accounts.begin(), policy.accounts.end(), [&](const Account& account) {
        return are_neighbours(account, moved_by) && account.known_as == known_as;
      });
  return at == policy.accounts.end() ? nullptr : &*at;
}

bool is_between_own(const Policy& policy, const Account& moved_by, const TransferPair& pair) {
  if (!pair.leaves_account()) return pair.from != pair.to;
  const auto fits = [&](const Account& from, const Account& to) {
    const OwnWallet a{&from, pair.from}, b{&to, pair.to};
    return from.name != to.name && check_between(a, b, moved_by) &&
           pair_between(a, b, moved_by) == pair;
  };
  return std::any_of(policy.accounts.begin(), policy.accounts.end(), [&](const Account& other) {
    return fits(moved_by, other) || fits(other, moved_by);
  });
}

}  // namespace keystile::policy
