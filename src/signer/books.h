// What the signer remembers: which signatures were used, who owns which order, what each client has
// used of its limits. Everything comes from ledger entries through apply(), while serving and at
// start alike, so the books after a kill -9 are the books before it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "exchanges/exchange.h"
#include "ledger/ledger.h"
#include "policy/decide.h"

namespace keystile::signer {

struct OrderKey {
  uint64_t request = 0;  // ledger index of the entry that placed it
  size_t leg = 0;
  auto operator<=>(const OrderKey&) const = default;
};

struct Order {
  OrderKey key;
  std::string client, account, exchange, environment;
  std::string route;             // that placed it
  exchanges::OrderLeg leg;       // as it stands now; order_id is filled in once it is known
  Decimal notional;              // as judged, realm currency
  Decimal exposure;              // what of it counts against the daily limit now
  bool shares_exposure = false;  // one of an OCO: not given back leg by leg
  bool open = true;
  bool confirmed = false;  // the exchange has acknowledged it
  WallTime placed{};
  WallTime checked{};       // last reconciliation
  bool check_soon = false;  // something happened to it whose result we were not told
};

struct Adoption {
  uint64_t version = 0;
  std::string hash;
  uint64_t index = 0;  // of the ledger entry
};

class Books {
 public:
  // Takes in one ledger entry. Unknown kinds are skipped. "ledger.entry" if a known one is
  // unreadable (a damaged or foreign ledger: do not go on).
  Status apply(ledger::Index index, WallTime time, const json::Value& entry);

  struct Seen {
    std::string route;
    int64_t until_ms = 0;
    uint32_t times = 0;
  };
  const Seen* seen(std::string_view digest) const;

  policy::Usage usage(const std::string& client, WallTime now);
  // The order that an amend or cancel leg means; null if none or if its two ids disagree.
  const Order* find(std::string_view account, const exchanges::OrderLeg& leg) const;
  const Order* find(OrderKey key) const;
  std::vector<const Order*> open_orders() const;
  void mark_checked(OrderKey key, WallTime now);

  const std::optional<Adoption>& adoption() const { return adoption_; }
  const std::map<std::string, uint64_t>& vault_epochs() const { return vault_epochs_; }

 private:
  struct ClientBook {
    std::deque<OrderKey> day;     // orders of the last 24 h, oldest first
    Decimal exposure;             // their sum
    std::deque<WallTime> recent;  // placed and amended legs of the last second
    uint32_t open = 0;
  };

  Status apply_request(ledger::Index index, WallTime time, const json::Value& entry);
  Status apply_outcome(const json::Value& entry);
  Status apply_order(const json::Value& entry);
  void place(Order order, WallTime time);
  void amend(const Order& target, const exchanges::OrderLeg& leg, const Decimal& notional);
  void settle_leg(OrderKey leg, std::string_view kind, const json::Value& detail);
  void apply_state(Order* order, const json::Value& state);
  void close(Order* order, const Decimal& filled);
  void set_exposure(Order* order, const Decimal& exposure);
  void forget_old_marks(WallTime now);
  void forget_old_orders(ClientBook* book, WallTime now);
  void index_ids(const Order& order);
  void drop(OrderKey key);
  Order* find_mutable(OrderKey key);

  std::unordered_map<std::string, Seen> seen_;
  std::deque<std::pair<int64_t, std::string>> seen_order_;  // (recorded at, digest)
  std::map<OrderKey, Order> orders_;
  std::unordered_map<std::string, OrderKey> by_id_;
  struct Change {
    OrderKey target;
    exchanges::OrderLeg leg;  // amend or cancel
    Decimal notional;
  };
  std::map<OrderKey, Change> changes_;  // amends and cancels whose outcome is awaited
  std::map<std::string, ClientBook> clients_;
  std::optional<Adoption> adoption_;
  std::map<std::string, uint64_t> vault_epochs_;
};

}  // namespace keystile::signer
