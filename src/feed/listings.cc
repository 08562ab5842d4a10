#include "feed/listings.h"

#include "market/reader.h"

namespace keystile::feed {
namespace {

using exchanges::Product;

constexpr Listing kListings[] = {
    {"binance", Product::kSpot, "binance-spot", "api"},
    {"binance", Product::kLinear, "binance-usdm", "fapi"},
    {"binance", Product::kInverse, "binance-coinm", "dapi"},
    {"okx", Product::kSpot, "okx", "rest"},
    {"okx", Product::kLinear, "okx", "rest"},
    {"okx", Product::kInverse, "okx", "rest"},
    {"okx", Product::kOption, "okx", "rest"},
    {"bybit", Product::kSpot, "bybit-spot", "rest"},
    {"bybit", Product::kLinear, "bybit-linear", "rest"},
    {"bybit", Product::kInverse, "bybit-inverse", "rest"},
};

}  // namespace

std::span<const Listing> listings() { return kListings; }

const Listing* find_listing(std::string_view exchange, Product product) {
  for (const Listing& listing : kListings) {
    if (listing.exchange == exchange && listing.product == product) return &listing;
  }
  return nullptr;
}

const Market* find_market(const State& state, std::string_view exchange, Product product,
                          std::string_view symbol) {
  const Listing* listing = find_listing(exchange, product);
  const auto venue = listing ? market::venue_of(listing->feed_product, symbol) : std::nullopt;
  return venue ? state.find(*venue, symbol) : nullptr;
}

std::optional<std::chrono::nanoseconds> age_of(int64_t received_ns, const Clock& clock) {
  constexpr std::chrono::nanoseconds kTolerance{Millis{100}};
  const std::chrono::nanoseconds now = clock.wall().time_since_epoch();
  const std::chrono::nanoseconds age = now - std::chrono::nanoseconds(received_ns);
  if (received_ns == 0 || age < -kTolerance) return std::nullopt;
  return age;
}

}  // namespace keystile::feed
