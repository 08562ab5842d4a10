// plan(): the address book, before and after.
#include <fmt/format.h>

#include "policy/loader.h"
#include "policy/span.h"

namespace keystile::policy {
namespace {

std::string text_of(const std::optional<Decimal>& limit) { return limit ? limit->str() : "any amount"; }

std::string place_of(const BookAddress& entry) {
  return fmt::format("{} on {}, {}{}{}", fmt::join(entry.assets, " "), entry.network, entry.address,
                     entry.memo.empty() ? "" : ", memo ", entry.memo);
}

std::string text_of(const BookAddress& entry) {
  return fmt::format("{}; first used after {}, first at most {}, a day at most {}", place_of(entry),
                     span_text(entry.hold), text_of(entry.first_use_max),
                     text_of(entry.daily_withdrawal));
}

}  // namespace

void plan_addresses(const Policy& before, const Policy& after, std::vector<Change>* changes) {
  for (const BookAddress& entry : after.addresses) {
    const BookAddress* was = before.address(entry.name);
    if (!was) {
      changes->push_back({true, fmt::format("address {}: new, {}", entry.name, text_of(entry))});
    } else if (const std::string from = text_of(*was), to = text_of(entry); from != to) {
      // Other bounds may be laxer in one way and stricter in another: any change counts as more.
      changes->push_back({true, fmt::format("address {}: {} → {}", entry.name, from, to)});
    }
  }
  for (const BookAddress& entry : before.addresses) {
    if (after.address(entry.name)) continue;
    changes->push_back({false, fmt::format("address {}: removed", entry.name)});
  }
}

}  // namespace keystile::policy
