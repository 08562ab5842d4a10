#include "policy/address_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "address/address.h"
#include "exchanges/networks.h"
#include "policy/model.h"

namespace keystile::policy {

bool BookAddress::is_same_place(const BookAddress& other) const {
  return network == other.network && address == other.address && memo == other.memo &&
         std::set(assets.begin(), assets.end()) ==
             std::set(other.assets.begin(), other.assets.end());
}

Result<const BookAddress*> find_address(const Policy& policy, const exchanges::Exchange& exchange,
                                        const exchanges::Withdrawal& withdrawal) {
  KS_TRY(const std::string_view name,
         exchanges::networks_of(exchange).network_of(withdrawal.asset, withdrawal.network));
  const address::Network* network = address::find_network(name);
  if (!network) {
    return fail("network.unknown", fmt::format("addresses of {} cannot be checked", name));
  }
  KS_TRY(const address::Address asked, address::check_address(*network, withdrawal.address));
  for (const BookAddress& one : policy.addresses) {
    if (one.network != name || one.memo != withdrawal.tag) continue;
    if (std::find(one.assets.begin(), one.assets.end(), withdrawal.asset) == one.assets.end()) {
      continue;
    }
    KS_TRY(const address::Address known, address::check_address(*network, one.address));
    if (known.destination == asked.destination) return &one;
  }
  return fail("address.unlisted",
              fmt::format("the address book has no entry for {} on {} with this address and {}",
                          withdrawal.asset, network->title,
                          withdrawal.tag.empty() ? "no memo" : "this memo"));
}

}  // namespace keystile::policy
