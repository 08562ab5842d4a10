// Whether the exchange's own list of addresses and the address book say the same.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "exchanges/address_list.h"
#include "policy/model.h"

namespace keystile::policy {

// In words, one difference each: what is saved at the exchange and not in the book (whoever has a
// withdraw key could send there), then what is in the book and not saved (the exchange may refuse
// it). Entries of the book that the exchange cannot send to are left out.
std::vector<std::string> mirror_differences(const Policy& policy,
                                            const exchanges::Exchange& exchange,
                                            std::span<const exchanges::SavedAddress> saved);

}  // namespace keystile::policy
