#include "policy/origin.h"

namespace keystile::policy {

const Upstream* upstream_of(const Environment& environment, std::string_view exchange) {
  for (const Upstream& upstream : environment.upstreams) {
    if (upstream.exchange == exchange) return &upstream;
  }
  return nullptr;
}

std::string origin_of(const Environment& environment, const exchanges::Exchange& exchange,
                      std::string_view family) {
  if (const Upstream* upstream = upstream_of(environment, exchange.name())) {
    const auto named = upstream->hosts.find(std::string(family));
    if (named != upstream->hosts.end()) return named->second;
  }
  for (const exchanges::HostFamily& host : exchange.hosts()) {
    if (host.family != family) continue;
    const bool production = environment.tier == Tier::kProduction;
    const std::string& name = production ? host.production : host.testnet;
    return name.empty() ? "" : "https://" + name;
  }
  return "";
}

}  // namespace keystile::policy
