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

OrderIndex::Name OrderIndex::name_of(const Order* order, Id id) {
  return {order->owner->account, order->leg, order->leg.*id};
}

size_t OrderIndex::Hash::operator()(const Name& name) const {
  const std::hash<std::string_view> hash;
  return hash(name.id) ^ hash(name.account) * 31;
}

void OrderIndex::add(Order* order) {
  if ((order->leg.*id_).empty()) return;
  const auto [at, added] = orders_.insert(order);
  if (added || *at == order || (*at)->open) return;
  orders_.erase(at);
  orders_.insert(order);
}

void OrderIndex::remove(Order* order) {
  const auto at = orders_.find(order);
  if (at != orders_.end() && *at == order) orders_.erase(at);
}

Order* OrderIndex::find(std::string_view account, const exchanges::OrderLeg& leg) const {
  if ((leg.*id_).empty()) return nullptr;
  const auto at = orders_.find(Name(account, leg, leg.*id_));
  return at == orders_.end() ? nullptr : *at;
}

}  // namespace keystile::signer
