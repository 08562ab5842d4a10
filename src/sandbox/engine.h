// The matching engine: orders in, fills out. Price-time priority per instrument; every fill moves
// balances, fees and positions at once.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sandbox/book.h"
#include "sandbox/model.h"
#include "sandbox/positions.h"
#include "sandbox/wallets.h"

namespace keystile::sandbox {

struct EngineOptions {
  // A market order never executes further than this from the reference price; its remainder
  // expires.
  Decimal market_protection = *Decimal::parse("0.02");
  // A limit price must be within reference / this and reference × this.
  Decimal price_band{5};
  // A post-only order that would take: true: it is refused ("order.would_take"); false: it is
  // accepted and ends as kCancelled with that reason.
  bool post_only_refuses = true;
  uint64_t first_id = 1'000'000'001;
};

struct OrderPair {
  ListId id{};
  const Order* limit = nullptr;
  const Order* stop = nullptr;
};

// Pointers to orders stay valid and follow the order's life; only the house's orders are ever
// forgotten. Error codes (what a front end translates):
//   instrument.unknown   order.unknown        order.closed         order.duplicate
//   order.quantity       order.lot            order.price          order.tick
//   order.price_band     order.min_notional   order.unsupported    order.would_take
//   order.would_trigger  order.reduce_only    order.unchanged      balance.insufficient
//   position.leverage
class Engine {
 public:
  Engine(EngineOptions options, Wallets& wallets, const WallTime& now);

  void add(Instrument instrument);
  const Instrument* find_instrument(std::string_view id) const;
  // By the exchange's own name; spot and linear may share one.
  const Instrument* find_symbol(Product product, std::string_view symbol) const;
  std::vector<const Instrument*> instruments() const;  // in the order they were added

  // --- orders ---------------------------------------------------------------------------------
  Result<const Order*> submit(AccountId account, const NewOrder& order);
  // What submit would say, without doing it (exchanges' "test order" routes).
  Status check(AccountId account, const NewOrder& order) const;
  // One-cancels-the-other: a limit order and a stop order of the same instrument, side and
  // quantity. The first to fill or trigger cancels the other.
  Result<OrderPair> submit_pair(AccountId account, const NewOrder& limit, const NewOrder& stop);
  Result<const Order*> cancel(AccountId account, const OrderKey& key);  // its sibling too
  // instrument: an id, or empty for all. What was cancelled, oldest first.
  std::vector<const Order*> cancel_all(AccountId account, std::string_view instrument = {});
  // Keeps its place in the queue only if nothing changes but a smaller quantity.
  Result<const Order*> amend(AccountId account, const OrderKey& key, const Amendment& change);

  // Of this account, in any state; null if there is none. By client id: the newest.
  const Order* find(AccountId account, const OrderKey& key) const;
  std::vector<const Order*> orders(AccountId account) const;  // oldest first
  std::vector<const Order*> open_orders(AccountId account) const;
  std::vector<const Fill*> fills(AccountId account) const;  // oldest first
  const std::deque<Fill>& all_fills() const { return fills_; }

  // --- positions ------------------------------------------------------------------------------
  Position position(AccountId account, std::string_view instrument) const;
  // 1 to 125; for margin locked from now on. Starts at 10.
  Status set_leverage(AccountId account, std::string_view instrument, int leverage);
  int leverage(AccountId account, std::string_view instrument) const;

  // --- market ---------------------------------------------------------------------------------
  BookSnapshot book(std::string_view instrument, size_t depth) const;
  Decimal last_price(std::string_view instrument) const;
  Decimal reference_price(std::string_view instrument) const;
  void set_reference_price(std::string_view instrument, const Decimal& price);
  // A trade of the house with itself: moves the last price and triggers stop orders.
  void print(std::string_view instrument, const Decimal& quantity, Side taker);
  // Called for every execution, prints included.
  using OnTrade = std::function<void(const Instrument&, const PublicTrade&)>;
  void on_trade(OnTrade listener) { listener_ = std::move(listener); }
  // The house's quotes are its orders; they are forgotten when they are withdrawn.
  void withdraw_quotes(std::string_view instrument);
  bool quotes_taken(std::string_view instrument) const;  // anything, since they were placed

 private:
  struct Trading {
    Instrument instrument;
    Book book;
    Decimal last, reference;
    std::vector<Order*> untriggered;  // oldest first
    std::vector<OrderId> quotes;      // the house's orders
    bool quotes_taken = false;
    // Counted one by one, as exchanges count them: whoever misses one can see it.
    uint64_t next_trade = 0;
  };
  // What a taker would get from the book as it stands.
  struct Walk {
    Decimal quantity, notional;
    bool crosses = false;  // there is something to take, be it one's own
  };

  Result<Trading*> trading(std::string_view instrument);
  const Trading* find_trading(std::string_view instrument) const;
  Trading& trading_of(const Order& order);

  // Everything that can be refused, before anything changes. May cut a reduce-only quantity down.
  // Returns what to lock. own_lock: what an order that is being amended already holds.
  Result<Decimal> admit(const Trading& trading, AccountId account, NewOrder* order,
                        const Decimal& own_lock) const;
  Result<Decimal> accept(const Trading& trading, AccountId account, NewOrder* order) const;
  Decimal lock_for(const Trading& trading, AccountId account, const NewOrder& order,
                   const Walk& walk) const;
  Walk preview(const Trading& trading, AccountId account, const NewOrder& order) const;
  Decimal bound(const Trading& trading, const NewOrder& order) const;
  static Decimal takeable(const Instrument& instrument, const NewOrder& order,
                          const Decimal& filled, const Decimal& filled_quote, const Decimal& price);
  static const std::string& lock_asset(const Instrument& instrument, Side side);

  Order& create(Trading& trading, AccountId account, const NewOrder& order);
  void park(Trading& trading, Order& order, const Decimal& lock);
  void activate(Trading& trading, Order& order, const Decimal& lock);
  void match(Trading& trading, Order& taker);
  bool prevents_self_trade(Order& taker, Order& maker);
  void execute(Trading& trading, Order& taker, Order& maker, const Decimal& quantity);
  void settle(Order& order, const PublicTrade& trade, bool maker);
  void settle_spot(Order& order, Fill* fill);
  void settle_linear(Order& order, Fill* fill);
  void finish(Trading& trading, Order& order);
  void end(Order& order, OrderStatus status, std::string reason);
  void end_sibling(const Order& order);
  Status hold(Order& order, const Decimal& amount);
  void release_excess(Order& order, const Decimal& needed);
  Decimal resting_need(const Order& order) const;
  void publish(Trading& trading, const PublicTrade& trade);
  void run_triggers(Trading& trading);
  void trigger(Trading& trading, Order& order);
  void trim_reduce_only(Trading& trading);
  Status amend_untriggered(Trading& trading, Order& order, NewOrder changed);
  Status amend_resting(Trading& trading, Order& order, NewOrder changed);
  Result<Order*> find_open(AccountId account, const OrderKey& key);

  EngineOptions options_;
  Wallets& wallets_;
  const WallTime& now_;
  Positions positions_;
  uint64_t next_id_;
  std::deque<Trading> tradings_;
  std::map<OrderId, Order> orders_;
  std::map<AccountId, std::vector<const Order*>> by_account_;
  std::map<ListId, std::pair<OrderId, OrderId>> pairs_;
  std::deque<Fill> fills_;
  OnTrade listener_;
};

}  // namespace keystile::sandbox
