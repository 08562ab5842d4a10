// The books fed with ledger entries alone, as they stand there: what a start makes of them.
#include "signer/books.h"

#include <gtest/gtest.h>

#include "signer/entries.h"

namespace keystile::signer {
namespace {

using exchanges::LegAction;
using exchanges::LegOutcome;
using exchanges::OrderLeg;
using exchanges::OrderState;
using exchanges::OrderType;
using Kind = LegOutcome::Kind;

constexpr std::chrono::hours kHour{1};

Decimal dec(std::string_view text) { return Decimal::parse(text).value(); }

OrderLeg limit_buy(std::string_view quantity, std::string_view price, std::string client_id) {
  OrderLeg leg;
  leg.instrument = "BTCUSDT";
  leg.quantity = dec(quantity);
  leg.price = dec(price);
  leg.client_order_id = std::move(client_id);
  return leg;
}

OrderLeg amendment(std::string_view quantity, std::string_view price, std::string client_id) {
  OrderLeg leg;
  leg.action = LegAction::kAmend;
  leg.instrument = "BTCUSDT";
  if (!quantity.empty()) leg.quantity = dec(quantity);
  if (!price.empty()) leg.price = dec(price);
  leg.client_order_id = std::move(client_id);
  return leg;
}

class BooksTest : public ::testing::Test {
 protected:
  template <class Entry>
  uint64_t apply(const Entry& entry) {
    std::string text;
    write(entry, &text);
    const auto value = json::parse(text);
    EXPECT_TRUE(value && books_.apply(next_, now_, *value)) << text;
    return next_++;
  }

  uint64_t request(std::vector<OrderLeg> legs, std::vector<std::string_view> notionals,
                   bool one_fills = false) {
    exchanges::Intent intent;
    intent.scope = exchanges::Scope::kTrade;
    intent.act = exchanges::Act::kOrders;
    intent.legs = std::move(legs);
    intent.one_fills = one_fills;
    policy::Verdict verdict;
    for (const std::string_view notional : notionals) {
      verdict.leg_notional.push_back(dec(notional));
      verdict.reserved = std::max(verdict.reserved, dec(notional));
    }
    const Subject who{"bot", "main", "bybit", "test", "127.0.0.1", "POST /v5/order/create", 1};
    const ReplayMark mark{crypto::sha256_digest(std::to_string(next_)), epoch_ms(now_) + 5000};
    return apply(RequestEntry{who, std::move(intent), {}, std::move(verdict), mark});
  }

  void outcome(uint64_t request, Kind kind, std::vector<LegOutcome> legs = {}) {
    exchanges::Outcome outcome;
    outcome.kind = kind;
    outcome.legs = std::move(legs);
    apply(OutcomeEntry{request, 200, std::move(outcome), ""});
  }

  uint64_t placed(OrderLeg leg, std::string_view notional) {
    const uint64_t index = request({std::move(leg)}, {notional});
    outcome(index, Kind::kAccepted);
    return index;
  }

  void found(uint64_t request, bool open, std::string_view filled, bool found = true) {
    OrderState state;
    state.found = found;
    state.open = open;
    state.filled = dec(filled);
    apply(OrderEntry{request, 0, state});
  }

  std::string exposure() { return books_.usage("bot", now_).exposure_24h.str(); }
  uint32_t open() { return books_.usage("bot", now_).open_orders; }
  const Order* named(std::string client_id) {
    return books_.find("main", amendment("1", "", std::move(client_id)));
  }

  Books books_;
  WallTime now_ = from_epoch_ms(1'780'000'000'000);
  uint64_t next_ = 0;
};

TEST_F(BooksTest, AClockThatWasSetBackLeavesNoOrdersOfThisSecond) {
  now_ += kHour;
  placed(limit_buy("1", "100", "a"), "100");
  EXPECT_EQ(books_.usage("bot", now_).orders_last_second, 1u);
  now_ -= kHour;
  EXPECT_EQ(books_.usage("bot", now_).orders_last_second, 0u);
  placed(limit_buy("1", "100", "b"), "100");
  EXPECT_EQ(books_.usage("bot", now_).orders_last_second, 1u);
  EXPECT_EQ(books_.usage("bot", now_).exposure_24h, dec("200"))
      << "the day's limit forgets nothing";
}

TEST_F(BooksTest, WhatWasFilledAtTheDearerPriceCountsAtIt) {
  const uint64_t order = placed(limit_buy("10", "100", "a"), "1000");
  // Nine fill; the rest is moved far away, which makes the order look small; and it is cancelled.
  outcome(request({amendment("", "1", "a")}, {"10"}), Kind::kAccepted);
  found(order, false, "9");
  EXPECT_EQ(exposure(), "900");
}

TEST_F(BooksTest, TwoAmendmentsUnderWayAreJudgedTogether) {
  placed(limit_buy("1", "1", "a"), "1");
  const uint64_t more = request({amendment("100", "", "a")}, {"100"});
  EXPECT_EQ(named("a")->leg.quantity->str(), "100");  // before any answer
  const uint64_t less = request({amendment("1", "", "a")}, {"1"});
  // Which of the two the exchange took last, the order of the answers does not tell.
  outcome(more, Kind::kAccepted);
  outcome(less, Kind::kAccepted);
  EXPECT_EQ(named("a")->leg.quantity->str(), "100");
  EXPECT_EQ(exposure(), "100");
}

TEST_F(BooksTest, AnAmendmentWhoseAnswerIsLostCountsAsTheLarger) {
  placed(limit_buy("1", "1", "a"), "1");
  outcome(request({amendment("100", "", "a")}, {"100"}), Kind::kUnknown);
  EXPECT_EQ(named("a")->leg.quantity->str(), "100");
  EXPECT_EQ(exposure(), "100");
}

TEST_F(BooksTest, OnlyAnAnswerWithTheOrderInItMakesItSmaller) {
  placed(limit_buy("100", "1", "a"), "100");
  outcome(request({amendment("1", "", "a")}, {"1"}), Kind::kAccepted);  // which may still fail
  EXPECT_EQ(named("a")->leg.quantity->str(), "100");
  LegOutcome done;
  done.kind = Kind::kAccepted;
  done.state = OrderState{};
  done.state->open = true;
  outcome(request({amendment("1", "", "a")}, {"1"}), Kind::kAccepted, {done});
  EXPECT_EQ(named("a")->leg.quantity->str(), "1");
}

TEST_F(BooksTest, ARejectedAmendmentLeavesNothingBehind) {
  placed(limit_buy("1", "100", "a"), "100");
  outcome(request({amendment("5", "", "a")}, {"500"}), Kind::kRejected);
  EXPECT_EQ(named("a")->leg.quantity->str(), "1");
  EXPECT_EQ(exposure(), "100");
}

TEST_F(BooksTest, AnAmendedOrderCountsFromItsAmendment) {
  placed(limit_buy("1", "1", "a"), "1");
  now_ += 23 * kHour;
  outcome(request({amendment("1000", "", "a")}, {"1000"}), Kind::kAccepted);
  now_ += 2 * kHour;
  EXPECT_EQ(exposure(), "1000");
  now_ += 22 * kHour;
  EXPECT_EQ(exposure(), "0");
}

// The signer asks before it lets a change through; a start takes in what it wrote, and asks
// nothing.
TEST_F(BooksTest, WhatIsAmendedAfterADayCountsAnewAlsoWhereNobodyAskedBefore) {
  placed(limit_buy("2", "50", "a"), "100");
  now_ += 25 * kHour;
  outcome(request({amendment("1", "", "a")}, {"50"}), Kind::kAccepted);
  EXPECT_EQ(exposure(), "50");
}

TEST_F(BooksTest, ARejectedAmendmentBringsNothingBackWhoseDayIsOver) {
  placed(limit_buy("1", "100", "a"), "100");
  now_ += 24 * kHour - Millis{1};
  const uint64_t late = request({amendment("1", "99", "a")}, {"99"});
  now_ += Millis{1};
  EXPECT_EQ(exposure(), "0");
  outcome(late, Kind::kRejected);
  EXPECT_EQ(exposure(), "0");
}

TEST_F(BooksTest, AnOrderOlderThanADayIsForgottenOnceItIsClosed) {
  const uint64_t order = placed(limit_buy("1", "100", "a"), "100");
  now_ += 25 * kHour;
  EXPECT_EQ(exposure(), "0");
  EXPECT_EQ(open(), 1u);
  EXPECT_NE(named("a"), nullptr);  // still open, so still owned
  outcome(request({amendment("2", "", "a")}, {"200"}), Kind::kAccepted);
  EXPECT_EQ(exposure(), "200");
  now_ += 25 * kHour;
  EXPECT_EQ(exposure(), "0");
  found(order, false, "2");
  EXPECT_EQ(open(), 0u);
  placed(limit_buy("1", "100", "b"), "100");
  EXPECT_EQ(books_.find(OrderKey{order, 0}), nullptr);
}

TEST_F(BooksTest, OldOrdersAreForgottenAlsoWhereNobodyAsks) {
  const uint64_t order = placed(limit_buy("1", "100", "a"), "100");
  found(order, false, "1");
  now_ += 25 * kHour;
  placed(limit_buy("1", "100", "b"), "100");
  EXPECT_EQ(books_.find(OrderKey{order, 0}), nullptr);
}

TEST_F(BooksTest, AnOrderThatCannotBeFoundAnyMoreMayHaveBeenFilled) {
  const uint64_t known = placed(limit_buy("1", "100", "a"), "100");
  found(known, false, "0", false);
  EXPECT_EQ(exposure(), "100");
  const uint64_t lost = request({limit_buy("1", "100", "b")}, {"100"});
  outcome(lost, Kind::kUnknown);
  EXPECT_EQ(exposure(), "200");
  found(lost, false, "0", false);  // and was never there
  EXPECT_EQ(exposure(), "100");
}

// Its answer comes after it was given up, or another question finds it.
TEST_F(BooksTest, AnOrderThatWasTakenForNeverPlacedIsOpenAgainOnceItIsHeardOf) {
  const auto lost = [&] {
    const uint64_t order = request({limit_buy("1", "100", "a")}, {"100"});
    found(order, false, "0", false);
    EXPECT_EQ(exposure(), "0");
    EXPECT_EQ(open(), 0u);
    return order;
  };
  const auto lives = [&](uint64_t order) {
    EXPECT_EQ(exposure(), "100");
    EXPECT_EQ(open(), 1u);
    EXPECT_EQ(named("a")->key.request, order);
    found(order, false, "0.5");
    EXPECT_EQ(exposure(), "50");
    now_ += 25 * kHour;
    EXPECT_EQ(exposure(), "0");
  };
  const uint64_t accepted = lost();
  outcome(accepted, Kind::kAccepted);
  lives(accepted);
  const uint64_t unsaid = lost();
  outcome(unsaid, Kind::kUnknown);
  lives(unsaid);
  const uint64_t seen = lost();
  found(seen, true, "0");
  lives(seen);
  const uint64_t cancelled = lost();
  OrderLeg cancel = amendment("", "", "a");
  cancel.action = LegAction::kCancel;
  outcome(request({cancel}, {"0"}), Kind::kAccepted);
  lives(cancelled);
  const uint64_t rejected = lost();
  outcome(rejected, Kind::kRejected);
  EXPECT_EQ(exposure(), "0");
  EXPECT_EQ(open(), 0u);
}

TEST_F(BooksTest, AnOcoIsOpenAgainAsAWhole) {
  const uint64_t list =
      request({limit_buy("1", "100", "a"), limit_buy("1", "120", "b")}, {"100", "120"}, true);
  OrderState none;
  none.found = false;
  for (const uint64_t leg : {0, 1}) apply(OrderEntry{list, leg, none});
  EXPECT_EQ(exposure(), "0");
  OrderState there;
  there.open = true;
  apply(OrderEntry{list, 1, there});
  EXPECT_EQ(exposure(), "120");
  EXPECT_EQ(open(), 2u);
}

TEST_F(BooksTest, AnOcoOfWhichNothingFilledIsGivenBack) {
  const std::vector<OrderLeg> legs{limit_buy("1", "100", "a"), limit_buy("1", "120", "b")};
  outcome(request(legs, {"100", "120"}, true), Kind::kRejected);
  EXPECT_EQ(exposure(), "0");
  const uint64_t list = request(legs, {"100", "120"}, true);
  EXPECT_EQ(exposure(), "120");
  LegOutcome cancelled;
  cancelled.kind = Kind::kAccepted;
  cancelled.state = OrderState{};
  LegOutcome filled = cancelled;
  filled.state->filled = dec("0.5");
  outcome(list, Kind::kAccepted, {cancelled, filled});
  EXPECT_EQ(exposure(), "120");
}

TEST_F(BooksTest, AMarketOrderDoesNotRest) {
  OrderLeg leg = limit_buy("1", "100", "a");
  leg.type = OrderType::kMarket;
  leg.price.reset();
  placed(leg, "100");
  EXPECT_EQ(open(), 0u);
  placed(limit_buy("1", "100", "b"), "100");
  EXPECT_EQ(open(), 1u);
}

TEST_F(BooksTest, AnAmendmentMayGiveTheOrderANewId) {
  placed(limit_buy("1", "100", "old"), "100");
  LegOutcome renamed;
  renamed.kind = Kind::kAccepted;
  renamed.client_order_id = "new";
  outcome(request({amendment("0.5", "", "old")}, {"50"}), Kind::kAccepted, {renamed});
  EXPECT_NE(named("new"), nullptr);
  EXPECT_EQ(named("old"), nullptr);
}

// Two orders by one id: the first was filled, and the exchange took the id again.
TEST_F(BooksTest, WhatIsToldOfAnotherOrderOfThatIdFreesNothing) {
  const auto with_id = [](std::string order_id) {
    LegOutcome leg;
    leg.kind = Kind::kAccepted;
    leg.order_id = std::move(order_id);
    return leg;
  };
  const uint64_t first = request({limit_buy("10", "100", "a")}, {"1000"});
  outcome(first, Kind::kAccepted, {with_id("7")});
  outcome(request({limit_buy("1", "1", "a")}, {"1"}), Kind::kAccepted, {with_id("8")});
  OrderLeg cancel = amendment("", "", "a");
  cancel.action = LegAction::kCancel;
  LegOutcome ended = with_id("8");
  ended.state.emplace().open = false;
  outcome(request({cancel}, {"0"}), Kind::kAccepted, {ended});
  EXPECT_EQ(exposure(), "1001");
  EXPECT_EQ(open(), 2u);
  found(first, false, "10");
  EXPECT_EQ(exposure(), "1001");
  EXPECT_EQ(open(), 1u);
}

TEST_F(BooksTest, AnOrderWhoseIdAnotherHasMayHaveBeenFilled) {
  const uint64_t lost = request({limit_buy("10", "100", "a")}, {"1000"});
  outcome(lost, Kind::kUnknown);
  LegOutcome again;
  again.kind = Kind::kAccepted;
  again.order_id = "8";
  const uint64_t second = request({limit_buy("1", "1", "a")}, {"1"});
  outcome(second, Kind::kAccepted, {again});
  OrderState told;
  told.order_id = "8";
  told.open = false;
  apply(OrderEntry{lost, 0, told});
  EXPECT_EQ(exposure(), "1001");
  apply(OrderEntry{second, 0, told});
  EXPECT_EQ(exposure(), "1000");
  EXPECT_EQ(open(), 0u);
}

TEST_F(BooksTest, AConditionalOrderWhoseIdAnotherHasMayHaveBeenFilled) {
  OrderLeg stop = limit_buy("10", "100", "a");
  stop.conditional = true;
  const uint64_t lost = request({stop}, {"1000"});
  outcome(lost, Kind::kUnknown);
  LegOutcome again;
  again.kind = Kind::kAccepted;
  again.order_id = "8";
  stop.quantity = dec("1");
  const uint64_t second = request({stop}, {"100"});
  outcome(second, Kind::kAccepted, {again});
  OrderState told;
  told.order_id = "8";
  apply(OrderEntry{lost, 0, told});
  EXPECT_EQ(exposure(), "1100");
  apply(OrderEntry{second, 0, told});
  EXPECT_EQ(exposure(), "1000");
  EXPECT_EQ(open(), 0u);
}

// Ours was refused, or has ended before; by its id nobody may reach the other's.
TEST_F(BooksTest, AStrangersOrderIsNotTakenForOneOfThatId) {
  const uint64_t lost = request({limit_buy("1", "100", "a")}, {"100"});
  outcome(lost, Kind::kUnknown);
  OrderState told;
  told.order_id = "9";
  told.open = true;
  apply(OrderEntry{lost, 0, told, true});
  EXPECT_EQ(exposure(), "100");
  EXPECT_EQ(open(), 0u);
  EXPECT_EQ(named("a"), nullptr);
  OrderLeg by_its_id = amendment("1", "", "");
  by_its_id.order_id = "9";
  EXPECT_EQ(books_.find("main", by_its_id), nullptr);
}

TEST_F(BooksTest, AConditionalOrderMayBeNamedWithoutItsInstrument) {
  OrderLeg leg = limit_buy("1", "100", "a");
  leg.conditional = true;
  placed(leg, "100");
  OrderLeg cancel = amendment("", "", "a");
  cancel.action = LegAction::kCancel;
  cancel.conditional = true;
  cancel.instrument.clear();
  EXPECT_NE(books_.find("main", cancel), nullptr);
}

}  // namespace
}  // namespace keystile::signer
