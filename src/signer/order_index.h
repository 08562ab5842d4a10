// Orders by an id that they go by at their exchange. One index for the exchange's ids and one for
// the clients', each a hash and a pointer an order: a day has very many.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <string>
#include <string_view>

#include "exchanges/intent.h"

namespace keystile::signer {

struct Order;

class OrderIndex {
 public:
  using Id = std::string exchanges::OrderLeg::*;
  explicit OrderIndex(Id id) : id_(id), places_(0, Hash(), Equal{this}) {}
  OrderIndex(const OrderIndex&) = delete;

  // An id that names an open order keeps naming it: a second order with the same client order id is
  // the exchange's to reject, and must not take over the first one's owner. An order without an id
  // is not taken in. The order must outlive its place here. Gives whom the id names from here on;
  // null where there is none.
  Order* add(Order* order);
  // Before its id changes or it goes; nothing where another order goes by its id.
  void remove(Order* order);
  // The order of the account that the leg names by its id; null where there is none.
  Order* find(std::string_view account, const exchanges::OrderLeg& leg) const;

  static size_t hash_of(std::string_view account, std::string_view id);

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
  Name name_of(const Order* order) const;

  // With its name's hash, so that a table that grows need not look at its orders.
  struct Place {
    size_t hash;
    Order* order;
  };
  struct Wanted {
    size_t hash;
    Name name;
  };
  struct Hash {
    using is_transparent = void;
    template <class Either>
    size_t operator()(const Either& either) const {
      return either.hash;
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Place& a, const Place& b) const {
      return a.hash == b.hash && index->name_of(a.order) == index->name_of(b.order);
    }
    bool operator()(const Place& a, const Wanted& b) const {
      return a.hash == b.hash && index->name_of(a.order) == b.name;
    }
    bool operator()(const Wanted& a, const Place& b) const { return (*this)(b, a); }
    const OrderIndex* index;
  };

  Id id_;
  boost::unordered_flat_set<Place, Hash, Equal> places_;
};

}  // namespace keystile::signer
