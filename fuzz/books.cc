// The signer's books, rebuilt from ledger entries, one JSON object a line: the same entries give
// the same books, and nothing in them makes a used limit negative.
#include "signer/books.h"

#include "fuzz/check.h"
#include "fuzz/input.h"

using namespace keystile;
using namespace keystile::signer;

namespace {

constexpr WallTime kStart{Millis{1780000000000}};

std::string spelled(Books* books, WallTime now) {
  std::string text;
  for (const char* client : {"bot", "other", ""}) {
    const policy::Usage usage = books->usage(client, now);
    KS_HOLDS(!usage.exposure_24h.is_negative());
    text += usage.exposure_24h.str() + " " + std::to_string(usage.open_orders) + " " +
            std::to_string(usage.orders_last_second) + "\n";
  }
  for (const Order* order : books->open_orders()) {
    KS_HOLDS(!order->exposure.is_negative());
    text += order->owner->client + " " + order->leg.order_id + " " + order->exposure.str() + "\n";
  }
  return text;
}

}  // namespace

KS_FUZZ_TARGET(input) {
  Books first, second;
  WallTime now = kStart;
  for (ledger::Index index = 0; !input.empty() && index < 64; ++index) {
    const std::string_view line = fuzz::take_line(&input);
    const auto entry = json::parse(line);
    if (!entry || !entry->if_object()) continue;
    if (line.find("\"-") != line.npos) continue;  // the signer writes no negative amounts
    now += Millis{20};
    const bool applied = first.apply(index, now, *entry).has_value();
    KS_HOLDS(applied == second.apply(index, now, *entry).has_value());
    if (!applied) return;  // "do not go on"
  }
  KS_HOLDS(spelled(&first, now) == spelled(&second, now));
  (void)spelled(&first, now + std::chrono::hours{25});
}
