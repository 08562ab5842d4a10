// The books after a start, which took in a ledger's entries and nothing else, are those of the
// signer that wrote them and was asked things meanwhile.
#include <gtest/gtest.h>
// (rapidcheck wants gtest first)
#include <rapidcheck/gtest.h>

#include "policy/random_world_for_test.h"
#include "signer/books.h"
#include "signer/entries.h"

namespace keystile::signer {
namespace {

using exchanges::LegAction;
using exchanges::LegOutcome;
using exchanges::OrderLeg;
using exchanges::OrderState;
using policy::below;
using policy::one_in;
using policy::one_of;
using policy::thousandths;

const std::vector<std::string> kClients{"bot", "other"};

OrderLeg leg_of(LegAction action, std::string client_order_id) {
  OrderLeg leg;
  leg.action = action;
  leg.instrument = "BTCUSDT";
  leg.client_order_id = std::move(client_order_id);
  if (action != LegAction::kCancel) leg.quantity = thousandths(1000);
  if (action != LegAction::kCancel) leg.price = thousandths(1000);
  return leg;
}

// Nobody amends or cancels another client's orders.
constexpr int kIds = 5;
std::string random_id(const std::string& client) {
  return client + "-" + std::to_string(below(kIds));
}

OrderState random_state() {
  OrderState state;
  state.found = !one_in(5);
  state.open = one_in(2);
  state.filled = one_in(2) ? Decimal{} : thousandths(1000);
  return state;
}

class TwoBooks {
 public:
  void step() {
    now_ += one_of<Millis>({Millis{1}, Millis{700}, std::chrono::hours{7}});
    if (one_in(3)) (void)live_.usage(one_of(kClients), now_);
    if (asked_.empty() || one_in(2)) return request();
    if (one_in(2)) return outcome();
    OrderEntry told{one_of(sent_), static_cast<uint64_t>(below(2)), random_state()};
    if (one_in(4)) {
      told.state.fired_as = std::to_string(entries_);
      sent_.push_back(entries_);  // as that it can be told of, too
    }
    take(told);
  }

  void check() {
    for (const Millis later : {Millis{0}, Millis{std::chrono::hours{8}}, Millis{kDay}}) {
      for (const std::string& client : kClients) {
        const policy::Usage live = live_.usage(client, now_ + later);
        const policy::Usage started = started_.usage(client, now_ + later);
        RC_ASSERT(live.exposure_24h.str() == started.exposure_24h.str());
        RC_ASSERT(live.open_orders == started.open_orders);
        RC_ASSERT(live.orders_last_second == started.orders_last_second);
        for (int i = 0; i < kIds; ++i)
          check_named(leg_of(LegAction::kCancel, client + "-" + std::to_string(i)));
      }
    }
    for (const uint64_t sent : sent_) {
      OrderLeg fired = leg_of(LegAction::kCancel, "");
      fired.order_id = std::to_string(sent);
      check_named(fired);
    }
    for (const std::string& client : kClients) {  // nothing counts for ever
      RC_ASSERT(live_.usage(client, now_ + kDay).exposure_24h.str() == "0");
    }
  }

 private:
  static constexpr std::chrono::hours kDay{24};

  void check_named(const OrderLeg& wanted) {
    const Order* live = live_.find("main", wanted);
    const Order* started = started_.find("main", wanted);
    RC_ASSERT((live == nullptr) == (started == nullptr));
    if (!live) return;
    RC_ASSERT(live->key == started->key);
    RC_ASSERT(live->leg == started->leg);
    RC_ASSERT(live->open == started->open);
    RC_ASSERT(live->exposure.str() == started->exposure.str());
    RC_ASSERT(live_.is_clear(*live, wanted) == started_.is_clear(*started, wanted));
  }

  void request() {
    const std::string client = one_of(kClients);
    exchanges::Intent intent;
    intent.scope = exchanges::Scope::kTrade;
    intent.act = exchanges::Act::kOrders;
    policy::Verdict verdict;
    verdict.kind = policy::Verdict::Kind::kAllow;
    const LegAction action =
        one_of<LegAction>({LegAction::kPlace, LegAction::kPlace, LegAction::kAmend,
                           LegAction::kAmend, LegAction::kCancel});
    for (int i = 1 + below(2); i > 0; --i) {
      intent.legs.push_back(leg_of(action, random_id(client)));
      verdict.leg_notional.push_back(action == LegAction::kCancel ? Decimal{} : thousandths(9000));
      verdict.reserved = std::max(verdict.reserved, verdict.leg_notional.back());
    }
    if (action == LegAction::kPlace && intent.legs.size() > 1 && one_in(2)) {
      intent.one_fills = true;
      intent.one_order = one_in(2);
      if (intent.one_order) intent.legs[1].client_order_id = intent.legs[0].client_order_id;
    }
    const Subject who{client, "main", "bybit", "test", "127.0.0.1", "POST /v5/order", 1};
    asked_.push_back({entries_, client});
    sent_.push_back(entries_);
    const ReplayMark mark{crypto::sha256_digest(std::to_string(entries_)), epoch_ms(now_)};
    take(RequestEntry{who, std::move(intent), policy::MarketFacts{}, std::move(verdict), mark});
  }

  // Of any request that awaits one, in any order: answers come late.
  void outcome() {
    const size_t which = static_cast<size_t>(below(static_cast<int>(asked_.size())));
    OutcomeEntry entry;
    const auto [request, client] = asked_[which];
    entry.request = request;
    asked_.erase(asked_.begin() + static_cast<ptrdiff_t>(which));
    entry.status = 200;
    for (int i = below(3); i > 0; --i) {
      LegOutcome leg;
      leg.kind = random_kind();
      if (one_in(2)) leg.order_id = std::to_string(below(20));
      if (one_in(6)) leg.client_order_id = random_id(client);
      if (one_in(2)) leg.state = random_state();
      entry.outcome.legs.push_back(std::move(leg));
    }
    entry.outcome.kind = random_kind();
    take(entry);
  }

  static LegOutcome::Kind random_kind() {
    return one_of<LegOutcome::Kind>(
        {LegOutcome::Kind::kAccepted, LegOutcome::Kind::kRejected, LegOutcome::Kind::kUnknown});
  }

  template <class Entry>
  void take(const Entry& entry) {
    std::string text;
    write(entry, &text);
    const auto value = json::parse(text);
    RC_ASSERT(value.has_value());
    if constexpr (std::is_same_v<Entry, RequestEntry>) {
      live_.apply(entries_, now_, entry);
    } else if constexpr (std::is_same_v<Entry, OrderEntry>) {
      live_.apply(entries_, entry);
    } else {
      live_.apply(entry);
    }
    RC_ASSERT(started_.apply(entries_, now_, *value).has_value());
    ++entries_;
  }

  Books live_, started_;
  WallTime now_ = policy::kNowForTest;
  uint64_t entries_ = 0;
  std::vector<std::pair<uint64_t, std::string>> asked_;  // requests that await one, and who asks
  std::vector<uint64_t> sent_;                           // all
};

RC_GTEST_PROP(BooksProperty, AfterAStartTheyAreAsTheyWere, ()) {
  TwoBooks books;
  for (int i = 0; i < 60; ++i) books.step();
  books.check();
}

}  // namespace
}  // namespace keystile::signer
