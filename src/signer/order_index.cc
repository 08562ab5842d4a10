#include "signer/order_index.h"

#include "signer/books.h"

namespace keystile::signer {

using exchanges::Product;

OrderIndex::Name::Name(std::string_view of_account, const exchanges::OrderLeg& leg,
                       std::string_view of_id)
    : account(of_account),
      instrument(leg.conditional ? std::string_view() : leg.instrument),
      id(of_id),
      product(leg.product == Product::kMargin ? Product::kSpot : leg.product),
      conditional(leg.conditional) {}

OrderIndex::Name OrderIndex::name_of(const Order* order) const {
  return {order->owner->account, order->leg, order->leg.*id_};
}

size_t OrderIndex::hash_of(const Name& name) {
  const std::hash<std::string_view> hash;
  return hash(name.id) ^ hash(name.account) * 31;
}

Order* OrderIndex::add(Order* order) {
  if ((order->leg.*id_).empty()) return nullptr;
  const Place place{hash_of(name_of(order)), order};
  const auto [at, added] = places_.insert(place);
  if (added || at->order->open) return at->order;
  places_.erase(at);
  places_.insert(place);
  return order;
}

void OrderIndex::remove(Order* order) {
  const auto at = places_.find(Place{hash_of(name_of(order)), order});
  if (at != places_.end() && at->order == order) places_.erase(at);
}

Order* OrderIndex::find(std::string_view account, const exchanges::OrderLeg& leg) const {
  if ((leg.*id_).empty()) return nullptr;
  const Name name(account, leg, leg.*id_);
  const auto at = places_.find(Wanted{hash_of(name), name});
  return at == places_.end() ? nullptr : at->order;
}

}  // namespace keystile::signer
