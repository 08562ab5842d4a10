// Orders by an id that they go by at their exchange. One index for the exchange's ids and one for
// the clients', each one pointer an order: a day has very many.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "exchanges/intent.h"

namespace keystile::signer {

struct Order;

class OrderIndex {
 public:
  using Id = std::string exchanges::OrderLeg::*;
  explicit OrderIndex(Id id) : id_(id), orders_(0, Hash{id}, Equal{id}) {}

  // An id that names an open order keeps naming it: a second order with the same client order id is
  // the exchange's to reject, and must not take over the first one's owner. An order without an id
  // is not taken in. The order must outlive its place here.
  void add(Order* order);
  // Before its id changes or it goes; nothing where another order goes by its id.
  void remove(Order* order);
  // The order of the account that the leg names by its id; null where there is none.
  Order* find(std::string_view account, const exchanges::OrderLeg& leg) const;

 private:
  // All that an id is unique within, and the id. A conditional order may be named without its
  // instrument, and is numbered apart from the others; spot and margin orders of one pair share an
  // id space.
  struct Name {
    Name(std::string_view account, const exchanges::OrderLeg& leg, std::string_view id);
    bool operator==(const Name&) const = default;
    std::string_view account, instrument, id;
    exchanges::Product product;
    bool conditional;
  };
  static Name name_of(const Order* order, Id id);

  struct Hash {
    using is_transparent = void;
    size_t operator()(const Name& name) const;
    size_t operator()(const Order* order) const { return (*this)(name_of(order, id)); }
    Id id;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Order* a, const Order* b) const {
      return name_of(a, id) == name_of(b, id);
    }
    bool operator()(const Order* a, const Name& b) const { return name_of(a, id) == b; }
    bool operator()(const Name& a, const Order* b) const { return a == name_of(b, id); }
    Id id;
  };

  Id id_;
  std::unordered_set<Order*, Hash, Equal> orders_;
};

}  // namespace keystile::signer
