#include "feed/places.h"

#include <fmt/format.h>

#include <set>

#include "feed/listings.h"
#include "policy/origin.h"

namespace keystile::feed {
namespace {

std::string origin_in(const policy::Environment& environment, const Listing& listing) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(listing.exchange);
  return exchange ? policy::origin_of(environment, *exchange, listing.family) : "";
}

}  // namespace

Result<Places> Places::of(const std::vector<ProductSettings>& products) {
  Places made;
  for (const ProductSettings& product : products) {
    KS_TRY(const Plan planned, plan(product.wanted));
    made.places_[product.wanted.product] = {planned.rest_origin, planned.is_one_place};
  }
  return made;
}

bool Places::has(const policy::Environment& environment, std::string_view exchange,
                 exchanges::Product product) const {
  const Listing* listing = find_listing(exchange, product);
  const auto found = listing ? places_.find(listing->feed_product) : places_.end();
  if (found == places_.end()) return false;
  const Place& place = found->second;
  return place.is_one && place.origin == origin_in(environment, *listing);
}

std::vector<std::string> Places::elsewhere(const policy::Environment& environment) const {
  std::vector<std::string> out;
  std::set<std::string_view> seen;
  for (const Listing& listing : listings()) {
    const auto found = places_.find(listing.feed_product);
    if (found == places_.end() || !seen.insert(listing.feed_product).second) continue;
    if (has(environment, listing.exchange, listing.product)) continue;
    const Place& place = found->second;
    const std::string why =
        place.is_one
            ? fmt::format("it is read at {}, and requests of environment {} go to {}", place.origin,
                          environment.name, origin_in(environment, listing))
            : "only one of origin and rest_origin is named, and the other one may be another place";
    out.push_back(
        fmt::format("no order is judged, and no program answered, by what the feed has "
                    "of {}: {}; name both, of where requests go",
                    listing.feed_product, why));
  }
  return out;
}

}  // namespace keystile::feed
