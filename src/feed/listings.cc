#include "feed/listings.h"

#include "market/reader.h"

namespace keystile::feed {
namespace {

using exchanges::Product;

struct Listing {
  std::string_view exchange;
  Product product;
  std::string_view feed_product;
};

constexpr Listing kListings[] = {
    {"binance", Product::kSpot, "binance-spot"},
    {"binance", Product::kLinear, "binance-usdm"},
    {"binance", Product::kInverse, "binance-coinm"},
    {"okx", Product::kSpot, "okx"},
    {"okx", Product::kLinear, "okx"},
    {"okx", Product::kInverse, "okx"},
    {"okx", Product::kOption, "okx"},
    {"bybit", Product::kSpot, "bybit-spot"},
    {"bybit", Product::kLinear, "bybit-linear"},
    {"bybit", Product::kInverse, "bybit-inverse"},
};

}  // namespace

const Market* find_market(const State& state, std::string_view exchange, Product product,
                          std::string_view symbol) {
  for (const Listing& listing : kListings) {
    if (listing.exchange != exchange || listing.product != product) continue;
    const auto venue = market::venue_of(listing.feed_product, symbol);
    return venue ? state.find(*venue, symbol) : nullptr;
  }
  return nullptr;
}

std::optional<std::chrono::nanoseconds> age_of(int64_t received_ns, const Clock& clock) {
  constexpr std::chrono::nanoseconds kTolerance{Millis{100}};
  const std::chrono::nanoseconds now = clock.wall().time_since_epoch();
  const std::chrono::nanoseconds age = now - std::chrono::nanoseconds(received_ns);
  if (received_ns == 0 || age < -kTolerance) return std::nullopt;
  return age;
}

}  // namespace keystile::feed
