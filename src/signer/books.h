// What the signer remembers: which signatures were used, who owns which order, what each client has
// used of its limits. Everything comes from ledger entries through apply(), while serving and at
// start alike, so the books after a kill -9 are the books before it.
#pragma once

#include <boost/unordered/unordered_map.hpp>
#include <boost/unordered/unordered_set.hpp>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "exchanges/exchange.h"
#include "ledger/ledger.h"
#include "policy/decide.h"
#include "signer/entries.h"
#include "signer/order_index.h"
#include "signer/replay_marks.h"

namespace keystile::signer {

struct OrderKey {
  uint64_t request = 0;  // ledger index of the entry that placed it, or that says it fired as this
  size_t leg = 0;
  auto operator<=>(const OrderKey&) const = default;
};

// Who placed an order, and by which route; one for all that were placed so.
struct Owner {
  std::string client, account, exchange, environment, route;
};
struct ClientBook;

struct Order {
  OrderKey key;
  const Owner* owner = nullptr;
  ClientBook* book = nullptr;  // the client's
  // As it stands; while an amendment is under way, or its end unknown, the largest it may be.
  // order_id is filled in once it is known.
  exchanges::OrderLeg leg;
  Decimal exposure;              // what of it counts against the daily limit now
  WallTime counted{};            // when that last grew; it counts for 24 h from here
  bool counts = true;            // false: those 24 h are over
  bool shares_exposure = false;  // one of an OCO: given back only when none of it was filled
  bool one_order = false;        // a side of one order with one id: all sides end together
  bool shares_id = false;        // its client order id was another open order's at the same time
  // The most that its units were ever judged at: so much for so many. None: cannot be divided.
  struct Rate {
    Decimal notional, quantity;
  };
  std::optional<Rate> rate;
  uint32_t amendments = 0;  // under way
  bool overlapped = false;  // two of them at once: which came last is not known
  bool open = true;
  bool filled = false;     // closed, and something of it was or may have been filled
  bool confirmed = false;  // the exchange has acknowledged it
  WallTime placed{};
  MonoTime checked{};       // when it was sent or last asked about; in the ledger it is not
  bool check_soon = false;  // something happened to it whose result we were not told
  size_t place_in_open = 0;
};

// A transfer that went straight to the exchange.
struct PassedTransfer {
  WallTime time{};
  uint64_t request = 0;  // ledger index of its entry
  Decimal worth;         // what of it counts
};

// What one client has used.
struct ClientBook {
  std::deque<std::pair<WallTime, OrderKey>> day;  // what counts since when, oldest first
  std::vector<OrderKey> over;                     // counts no more: forgotten once it has ended
  Decimal exposure;                               // the sum of the last 24 h
  std::deque<PassedTransfer> transfers;           // of the last 24 h, oldest first
  Decimal transferred;                            // the sum of them
  std::deque<WallTime> recent;                    // placed and amended legs of the last second
  uint32_t open = 0;                              // orders that may rest: a market order does not
};

struct Adoption {
  uint64_t version = 0;
  std::string hash;
  uint64_t index = 0;  // of the ledger entry
};

// What the ledger knows of a vault's file.
struct VaultState {
  uint64_t epoch = 0;
  std::string digest;  // vault::Vault::digest(); empty where an earlier build wrote it down
};

class Books {
 public:
  Books() = default;
  Books(const Books&) = delete;  // its parts point to each other
  Books& operator=(const Books&) = delete;

  // Takes in one ledger entry.
  void apply(ledger::Index index, WallTime time, const RequestEntry& entry);
  void apply(const OutcomeEntry& entry);
  void apply(ledger::Index index, const OrderEntry& entry);
  // Of any kind, as it stands in the ledger. Unknown kinds are skipped. "ledger.entry" if a known
  // one is unreadable (a damaged or foreign ledger: do not go on).
  Status apply(ledger::Index index, WallTime time, const json::Value& entry);

  const ReplayMarks& marks() const { return marks_; }

  policy::Usage usage(const std::string& client, WallTime now);
  // The order that an amend or cancel leg means; null if none or if its two ids disagree.
  const Order* find(std::string_view account, const exchanges::OrderLeg& leg) const {
    return find_mutable(account, leg);
  }
  const Order* find(OrderKey key) const;
  // Whether an amendment that names an order so can change no other than this one, which find()
  // gave: the exchange has it, it is open, and no second open order goes by the id.
  bool is_clear(const Order& order, const exchanges::OrderLeg& leg) const;
  // Whether what the exchange told under that id of its own may be of another order than this one,
  // whose client order id it was asked by: exchanges take such an id again once its order has
  // ended.
  bool may_be_anothers(const Order& order, const std::string& order_id) const;
  // Closed because nobody knew of it: should it turn out to live, it is open again.
  bool is_lost(OrderKey key) const { return lost_.contains(key); }
  // The orders that the legs of a client's intent mean, for policy::decide().
  std::vector<std::optional<policy::KnownOrder>> known_orders(
      std::string_view client, std::string_view account, const exchanges::Intent& intent) const;
  // Each order of the exchange once: of one with several sides, the first.
  std::vector<const Order*> open_orders() const;
  void mark_checked(OrderKey key, MonoTime now);

  // Whether a transfer of the client with that id of its own was let through within a week.
  bool has_moved(std::string_view client, std::string_view own_id) const;

  const std::optional<Adoption>& adoption() const { return adoption_; }
  // By environment, as it was opened last.
  const std::map<std::string, VaultState>& vaults() const { return vaults_; }

 private:
  struct Change {
    OrderKey target;
    exchanges::OrderLeg leg;  // amend or cancel
    Order before;             // of an amendment
  };

  const Owner& owner_of(const Subject& who);
  Order* place(Order order, WallTime time);
  Order* keep(Order order);
  void fire(const Order& from, const std::string& as, ledger::Index index);
  void enter_open(Order* order);
  void reopen(uint64_t request);
  void amend(Order* order, const exchanges::OrderLeg& leg, const Decimal& notional, WallTime time);
  void settle_order(Order* order, const exchanges::LegOutcome& outcome);
  void settle_change(const Change& change, const exchanges::LegOutcome& answer);
  void settle_amendment(Order* order, const Change& change, const exchanges::LegOutcome& outcome);
  void apply_state(Order* order, const exchanges::OrderState& state);
  void apply_state_to_leg(Order* order, const exchanges::OrderState& state);
  void close(Order* order, std::optional<Decimal> filled);
  void pass_id_on(const Order& from);
  bool shares_id_now(const Order& order) const;
  void release_shared(uint64_t request);
  void set_exposure(Order* order, const Decimal& exposure);
  void count_from(Order* order, WallTime time);
  void stop_counting(ClientBook* book, WallTime now);
  void forget_ended(ClientBook* book);
  void learn_ids(Order* order, const exchanges::LegOutcome& outcome);
  void index_ids(Order* order);
  void drop(Order* order);
  void remember_transfer(const RequestEntry& entry, WallTime time);
  void count_transfer(ledger::Index index, const RequestEntry& entry, WallTime time);
  void give_transfer_back(uint64_t request);
  Order* find_mutable(OrderKey key);
  Order* find_mutable(std::string_view account, const exchanges::OrderLeg& leg) const;

  // By its texts: of an Owner or a Subject.
  struct OwnerHash {
    using is_transparent = void;
    template <class Texts>
    size_t operator()(const Texts& texts) const {
      const std::hash<std::string_view> hash;
      return hash(texts.client) ^ hash(texts.route) * 31;
    }
  };
  struct OwnerEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.client == b.client && a.route == b.route && a.account == b.account &&
             a.exchange == b.exchange && a.environment == b.environment;
    }
  };

  ReplayMarks marks_;
  boost::unordered_set<Owner, OwnerHash, OwnerEqual> owners_;
  std::map<OrderKey, Order> orders_;
  std::vector<Order*> open_;  // of orders_: a day's closed ones are many times as many
  OrderIndex by_order_id_{&exchanges::OrderLeg::order_id};
  OrderIndex by_client_id_{&exchanges::OrderLeg::client_order_id};
  std::map<OrderKey, Change> changes_;  // amends and cancels whose outcome is awaited
  std::map<OrderKey, Decimal> lost_;    // taken for never placed, and what counted of each before
  boost::unordered_map<std::string, ClientBook> clients_;
  std::map<uint64_t, ClientBook*> moving_;  // transfers whose outcome is awaited, by their entries
  std::set<std::pair<std::string, std::string>, std::less<>> moved_;  // client and its id
  std::deque<std::pair<WallTime, std::pair<std::string, std::string>>>
      moved_when_;  // the oldest first
  std::optional<Adoption> adoption_;
  std::map<std::string, VaultState> vaults_;
};

}  // namespace keystile::signer
