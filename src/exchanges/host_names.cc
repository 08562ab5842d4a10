#include "exchanges/host_names.h"

namespace keystile::exchanges {
namespace {

const HostName* find_in(const std::vector<HostName>& names, std::string_view name) {
  for (const HostName& one : names) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

std::vector<HostName> collect() {
  std::vector<HostName> names;
  const auto add = [&](const std::string& name, const Exchange* exchange, bool production) {
    if (name.empty() || find_in(names, name)) return;
    names.push_back({name, exchange, production});
  };
  for (const Exchange* exchange : all_exchanges()) {
    for (const HostFamily& family : exchange->hosts()) {
      add(family.production, exchange, true);
      for (const std::string& alias : family.aliases) add(alias, exchange, true);
      add(family.testnet, exchange, false);
    }
  }
  return names;
}

}  // namespace

const std::vector<HostName>& all_host_names() {
  static const std::vector<HostName> names = collect();
  return names;
}

const HostName* find_host_name(std::string_view lower_case_name) {
  return find_in(all_host_names(), lower_case_name);
}

}  // namespace keystile::exchanges
