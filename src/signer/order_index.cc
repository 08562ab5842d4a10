#include "signer/order_index.h"

#include "crypto/table_hash.h"
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

// Programs choose ids as they like; accounts are the policy's.
size_t OrderIndex::hash_of(std::string_view account, std::string_view id) {
  return crypto::table_hash(id) ^ std::hash<std::string_view>{}(account);
}

Order* OrderIndex::add(Order* order) {
  if ((order->leg.*id_).empty()) return nullptr;
  const Place place{hash_of(order->owner->account, order->leg.*id_), order};
  const auto [at, added] = places_.insert(place);
  if (added || at->order->open) return at->order;
  places_.erase(at);
  places_.insert(place);
  return order;
}

void OrderIndex::remove(Order* order) {
  const auto at = places_.find(Place{hash_of(order->owner->account, order->leg.*id_), order});
  if (at != places_.end() && at->order == order) places_.erase(at);
}

Order* OrderIndex::find(std::string_view account, const exchanges::OrderLeg& leg) const {
  if ((leg.*id_).empty()) return nullptr;
  const Name name(account, leg, leg.*id_);
  const auto at = places_.find(Wanted{hash_of(account, leg.*id_), name});
  return at == places_.end() ? nullptr : at->order;
}

}  // namespace keystile::signer
