#include "sandbox/book.h"

#include "sandbox/money.h"

namespace keystile::sandbox {
namespace {

Decimal key_of(const Order& order) {
  return order.request.side == Side::kBuy ? order.request.price.negated() : order.request.price;
}

}  // namespace

void Book::add(Order* order) {
  levels(order->request.side)[key_of(*order)].push_back(order);
  touch();
}

void Book::remove(const Order* order) {
  Levels& side = levels(order->request.side);
  const auto level = side.find(key_of(*order));
  if (level == side.end()) return;
  std::erase(level->second, order);
  if (level->second.empty()) side.erase(level);
  touch();
}

Order* Book::best(Side side) const {
  const Levels& from = levels(side);
  return from.empty() ? nullptr : from.begin()->second.front();
}

BookSnapshot Book::snapshot(size_t depth) const {
  const auto collect = [depth](const Levels& from) {
    std::vector<Level> out;
    for (const auto& [key, queue] : from) {
      if (out.size() == depth) break;
      Level level{queue.front()->request.price, {}};
      for (const Order* order : queue) level.quantity += order->remaining();
      out.push_back(std::move(level));
    }
    return out;
  };
  return {sequence_, collect(bids_), collect(asks_)};
}

}  // namespace keystile::sandbox
