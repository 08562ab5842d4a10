#include "policy/address_mirror.h"

#include <fmt/format.h>

#include <set>

#include "exchanges/networks.h"

namespace keystile::policy {
namespace {

using Named = std::pair<std::string, std::string>;  // entry and asset

std::set<Named> reachable(const Policy& policy, const exchanges::Exchange& exchange) {
  std::set<Named> all;
  for (const BookAddress& entry : policy.addresses) {
    for (const std::string& asset : entry.assets) {
      if (exchanges::networks_of(exchange).spelling_of(asset, entry.network)) {
        all.insert({entry.name, asset});
      }
    }
  }
  return all;
}

// The entries of the book that a saved address stands for.
std::set<Named> meant(const Policy& policy, const exchanges::Exchange& exchange,
                      const exchanges::SavedAddress& saved, const std::set<Named>& all) {
  exchanges::Withdrawal as_asked;
  as_asked.network = saved.network;
  as_asked.address = saved.address;
  as_asked.tag = saved.tag;
  std::set<Named> found;
  for (const auto& [name, asset] : all) {
    if (!saved.asset.empty() && saved.asset != asset) continue;
    as_asked.asset = asset;
    const auto entry = find_address(policy, exchange, as_asked);
    if (entry && (*entry)->name == name) found.insert({name, asset});
  }
  return found;
}

}  // namespace

std::vector<std::string> mirror_differences(const Policy& policy,
                                            const exchanges::Exchange& exchange,
                                            std::span<const exchanges::SavedAddress> saved) {
  const std::set<Named> all = reachable(policy, exchange);
  std::set<Named> missing = all;
  std::vector<std::string> differences;
  for (const exchanges::SavedAddress& one : saved) {
    const std::set<Named> found = meant(policy, exchange, one, all);
    for (const Named& each : found) missing.erase(each);
    if (!found.empty()) continue;
    differences.push_back(
        fmt::format("{} saves {} for {} on {}{}{}, which is not in the address book",
                    exchange.name(), one.address, one.asset.empty() ? "every asset" : one.asset,
                    one.network, one.tag.empty() ? "" : ", memo ", one.tag));
  }
  for (const auto& [name, asset] : missing) {
    differences.push_back(fmt::format("the address book's {} is not saved at {} for {}", name,
                                      exchange.name(), asset));
  }
  return differences;
}

}  // namespace keystile::policy
