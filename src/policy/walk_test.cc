// What an order meets in a book, and the rules that look at it.
#include "policy/walk.h"

#include <gtest/gtest.h>

#include "policy/market_facts.h"
#include "policy/world_for_test.h"

namespace keystile::policy {
namespace {

using exchanges::OrderLeg;
using exchanges::OrderType;
using exchanges::Product;
using exchanges::Side;

// The middle is 100.
OrderBook book_for_test() {
  OrderBook book;
  book.bids = {{dec("99.9"), dec("1")}, {dec("99.5"), dec("2")}, {dec("98"), dec("100")}};
  book.asks = {{dec("100.1"), dec("1")}, {dec("100.5"), dec("2")}, {dec("102"), dec("100")}};
  book.at = kMonoForTest;
  return book;
}

exchanges::Instrument spot() {
  return {Product::kSpot, "BTCUSDT", "BTC", "USDT", Decimal(1), false, ""};
}

std::string told(const OrderLeg& order, const exchanges::Instrument& instrument = spot()) {
  const auto found = BookWalk(book_for_test()).next(order, instrument);
  if (!found) return found.error().code;
  return (found->average ? found->average->rounded(6, Rounding::kDown).str() : "nothing") +
         (found->rests ? " and more" : "") + ", depth " + found->depth.str();
}

OrderLeg spending(Side side, const char* quote) {
  OrderLeg leg = market_order(side, "1");
  leg.quantity.reset();
  leg.quote_quantity = dec(quote);
  return leg;
}

TEST(Walk, TakesLevelAfterLevel) {
  EXPECT_EQ(told(market_order(Side::kBuy, "0.5")), "100.1, depth 301.1");
  EXPECT_EQ(told(market_order(Side::kBuy, "2")), "100.3, depth 301.1");
  EXPECT_EQ(told(market_order(Side::kSell, "2")), "99.7, depth 298.9");
  EXPECT_EQ(told(market_order(Side::kBuy, "4")), "100.775, depth 301.1");
  EXPECT_EQ(told(market_order(Side::kBuy, "104")), "101.952427 and more, depth 301.1");
  EXPECT_EQ(told(spending(Side::kBuy, "100.1")), "100.1, depth 301.1");
  EXPECT_EQ(told(spending(Side::kBuy, "200.6")), "100.3, depth 301.1");
  EXPECT_EQ(told(spending(Side::kSell, "99999")), "98.047572 and more, depth 298.9");
}

TEST(Walk, WhatOneOrderTakesIsNotThereForTheNext) {
  BookWalk walk(book_for_test());
  const auto average = [&walk](const OrderLeg& order) {
    const auto found = walk.next(order, spot());
    EXPECT_EQ(found->middle, dec("100"));
    EXPECT_EQ(found->depth, order.side == Side::kBuy ? dec("301.1") : dec("298.9"));
    return found->average ? found->average->rounded(6, Rounding::kDown).str() : "nothing";
  };
  EXPECT_EQ(average(market_order(Side::kBuy, "0.5")), "100.1");
  EXPECT_EQ(average(market_order(Side::kBuy, "1.5")), "100.366666") << "a half at 100.1";
  EXPECT_EQ(average(limit_order(Side::kBuy, "5", "100.4")), "nothing") << "it is gone";
  EXPECT_EQ(average(spending(Side::kBuy, "100.5")), "100.5");
  EXPECT_EQ(average(market_order(Side::kBuy, "1")), "102");
  EXPECT_EQ(average(market_order(Side::kSell, "1")), "99.9") << "the other side is whole";
}

TEST(Walk, ALimitOrderTakesNothingBeyondItsLimit) {
  EXPECT_EQ(told(limit_order(Side::kBuy, "2", "100.5")), "100.3, depth 301.1");
  EXPECT_EQ(told(limit_order(Side::kBuy, "2", "100.49")), "100.1 and more, depth 301.1");
  EXPECT_EQ(told(limit_order(Side::kBuy, "2", "100")), "nothing and more, depth 301.1");
  EXPECT_EQ(told(limit_order(Side::kSell, "2", "99.5")), "99.7, depth 298.9");
  EXPECT_EQ(told(limit_order(Side::kSell, "2", "99.51")), "99.9 and more, depth 298.9");
  OrderLeg resting = limit_order(Side::kBuy, "2", "100.5");
  resting.post_only = true;
  EXPECT_EQ(told(resting), "nothing and more, depth 301.1");
  OrderLeg waiting = limit_order(Side::kBuy, "2", "100.5");
  waiting.type = OrderType::kStopLimit;
  EXPECT_EQ(told(waiting), "nothing and more, depth 301.1");
}

TEST(Walk, ContractsAreOfTheirSize) {
  exchanges::Instrument swap = spot();
  swap.contract_size = dec("0.01");
  EXPECT_EQ(told(market_order(Side::kBuy, "2"), swap), "100.3, depth 3.011");
  exchanges::Instrument inverse = spot();
  inverse.contract_size = dec("100");
  inverse.notional_is_contract = true;
  EXPECT_EQ(told(market_order(Side::kBuy, "2"), inverse), "100.3, depth 300");
  EXPECT_EQ(told(spending(Side::kBuy, "200"), inverse), "100.3, depth 300");
}

TEST(Walk, WhatIsNoBookIsNone) {
  const auto code = [](void (*spoil)(OrderBook*), const OrderLeg& order) {
    OrderBook book = book_for_test();
    spoil(&book);
    const auto found = BookWalk(book).next(order, spot());
    return found ? "" : found.error().code;
  };
  const OrderLeg order = market_order(Side::kBuy, "1");
  const auto whole = [](OrderBook*) {};
  EXPECT_EQ(code(whole, order), "");
  EXPECT_EQ(code([](OrderBook* b) { b->bids.clear(); }, order), "book.unknown");
  EXPECT_EQ(code([](OrderBook* b) { b->asks.clear(); }, order), "book.unknown");
  EXPECT_EQ(code([](OrderBook* b) { b->bids[0].price = dec("100.1"); }, order), "book.unknown");
  OrderLeg none = order;
  none.quantity.reset();
  EXPECT_EQ(code(whole, none), "book.unknown");
  OrderLeg unpriced = limit_order(Side::kBuy, "1", "100");
  unpriced.price.reset();
  EXPECT_EQ(code(whole, unpriced), "book.unknown");
}

// --- in decide() --------------------------------------------------------------------------------

class MarketWithBook final : public MarketReference {
 public:
  const exchanges::Instrument* instrument(Product, std::string_view) const override {
    return &listed_;
  }
  std::optional<Quote> price(Product, std::string_view) const override {
    return Quote{Decimal(100), kMonoForTest};
  }
  std::optional<Quote> asset_price(std::string_view) const override {
    return Quote{Decimal(1), MonoTime::max()};
  }
  std::optional<Walk> walk(const OrderLeg& order, size_t) const override {
    ++asked;
    const auto found = book ? BookWalk(*book).next(order, listed_) : tl::unexpected(Error{});
    return found ? std::optional(*found) : std::nullopt;
  }

  std::optional<OrderBook> book = book_for_test();
  mutable int asked = 0;

 private:
  exchanges::Instrument listed_ = spot();
};

struct BookWorld : WorldForTest {
  MarketWithBook with_book;
  BookWorld() {
    grant().max_slippage_bps = Decimal(50);  // 99.5 to 100.5
    grant().max_order_notional.reset();
  }
  Question asked() const {
    Question q = question();
    q.market = &with_book;
    return q;
  }
  std::string rule_of(OrderLeg leg) {
    intent.legs = {std::move(leg)};
    const Verdict verdict = decide(asked());
    return verdict.kind == Verdict::Kind::kAllow ? "allow" : verdict.refusal.rule;
  }
};

TEST(BookRules, AnOrderMayNotSlipTooFar) {
  BookWorld world;
  EXPECT_EQ(world.rule_of(market_order(Side::kBuy, "3")), "allow");  // 100.37 on average
  EXPECT_EQ(world.rule_of(market_order(Side::kSell, "3")), "allow");
  EXPECT_EQ(world.rule_of(market_order(Side::kBuy, "4")), "grant.max_slippage_bps");
  EXPECT_EQ(world.rule_of(market_order(Side::kSell, "4")), "grant.max_slippage_bps");
  world.grant().max_slippage_bps = Decimal(500);
  EXPECT_EQ(world.rule_of(market_order(Side::kBuy, "4")), "allow");
  EXPECT_EQ(world.rule_of(market_order(Side::kBuy, "104")), "grant.max_slippage_bps")
      << "the book holds less";
}

// Whoever has the other side of a thin book could fill it there.
TEST(BookRules, WhatRestsCountsAtItsLimit) {
  BookWorld world;
  EXPECT_EQ(world.rule_of(limit_order(Side::kBuy, "50", "100.5")), "allow");
  EXPECT_EQ(world.rule_of(limit_order(Side::kBuy, "50", "100.51")), "grant.max_slippage_bps");
  EXPECT_EQ(world.rule_of(limit_order(Side::kBuy, "1", "100.51")), "allow");  // nothing rests
  EXPECT_EQ(world.rule_of(limit_order(Side::kSell, "50", "99.5")), "allow");
  EXPECT_EQ(world.rule_of(limit_order(Side::kSell, "50", "99.49")), "grant.max_slippage_bps");
  EXPECT_EQ(world.rule_of(limit_order(Side::kBuy, "50", "60")), "allow");
  OrderLeg stop = limit_order(Side::kBuy, "1", "110.5");
  stop.type = OrderType::kStopLimit;
  stop.trigger_price = dec("110");
  EXPECT_EQ(world.rule_of(stop), "allow");
  stop.price = dec("110.56");
  EXPECT_EQ(world.rule_of(stop), "grant.max_slippage_bps");
}

TEST(BookRules, ThereMustBeEnoughInTheBook) {
  BookWorld world;
  world.grant().max_slippage_bps.reset();
  world.grant().min_depth = dec("298.9");
  EXPECT_EQ(world.rule_of(market_order(Side::kSell, "1")), "allow");
  world.grant().min_depth = dec("299");
  EXPECT_EQ(world.rule_of(market_order(Side::kSell, "1")), "grant.min_depth");
  EXPECT_EQ(world.rule_of(market_order(Side::kBuy, "1")), "allow");
  EXPECT_EQ(world.rule_of(limit_order(Side::kSell, "1", "100")), "grant.min_depth")
      << "also of an order that takes nothing now";
}

TEST(BookRules, WithoutAFreshBookNothingPasses) {
  for (const auto& [slippage, depth] : {std::pair(true, false), std::pair(false, true)}) {
    BookWorld world;
    world.grant().max_slippage_bps.reset();
    if (slippage) world.grant().max_slippage_bps = Decimal(5000);
    if (depth) world.grant().min_depth = Decimal(1);
    world.with_book.book->at = kMonoForTest - kMaxPriceAge;
    EXPECT_EQ(world.rule_of(market_order(Side::kBuy, "1")), "allow");
    world.with_book.book->at -= Millis{1};
    EXPECT_EQ(world.rule_of(market_order(Side::kBuy, "1")), "book.unknown");
    EXPECT_EQ(decide(world.asked()).refusal.reason, exchanges::Reason::kUnavailable);
    world.with_book.book.reset();
    EXPECT_EQ(world.rule_of(market_order(Side::kBuy, "1")), "book.unknown");
  }
}

TEST(BookRules, SafetyAndThoseWithoutTheLimitNeedNoBook) {
  BookWorld world;
  world.with_book.book.reset();
  world.grant().products = {Product::kLinear};
  OrderLeg reducing = market_order(Side::kSell, "1000");
  reducing.product = Product::kLinear;
  reducing.reduce_only = true;
  EXPECT_EQ(world.rule_of(reducing), "allow");
  world.grant().max_slippage_bps.reset();
  reducing.reduce_only = false;
  EXPECT_EQ(world.rule_of(reducing), "allow");
  EXPECT_TRUE(market_facts(world.asked()).walks.empty());
  EXPECT_EQ(world.with_book.asked, 0) << "nobody pays for what is not asked for";
}

TEST(BookRules, TheFactsJudgeAgainAsTheBookDid) {
  BookWorld world;
  world.grant().min_depth = Decimal(301);
  world.intent.legs = {market_order(Side::kBuy, "3"), market_order(Side::kBuy, "1")};
  const MarketFacts facts = market_facts(world.asked());
  ASSERT_EQ(facts.walks.size(), 2u);
  const PastMarket past(facts, {"USDT"}, kMonoForTest);
  Question again = world.asked();
  again.market = &past;
  EXPECT_EQ(decide(again).kind, Verdict::Kind::kAllow);
  world.grant().max_slippage_bps = Decimal(36);
  EXPECT_EQ(decide(again).refusal.rule, "grant.max_slippage_bps");
  world.grant().max_slippage_bps = Decimal(37);
  EXPECT_EQ(decide(again).kind, Verdict::Kind::kAllow);
  world.grant().min_depth = Decimal(302);
  EXPECT_EQ(decide(again).refusal.rule, "grant.min_depth");
}

}  // namespace
}  // namespace keystile::policy
