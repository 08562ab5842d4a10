// The names that programs call the exchanges by, for those who come in by name and not by a base
// URL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchanges/exchange.h"

namespace keystile::exchanges {

struct HostName {
  std::string name;  // lower case
  const Exchange* exchange = nullptr;
  bool production = false;  // else a test network's
};

// Every name once: production hosts, their aliases and test networks of all exchanges.
const std::vector<HostName>& all_host_names();
// Null if it is not exactly one of them.
const HostName* find_host_name(std::string_view lower_case_name);

}  // namespace keystile::exchanges
