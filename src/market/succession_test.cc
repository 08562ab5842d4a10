// Two connections to one exchange, each with its own delays: what is told is what the exchange did.
#include "market/succession.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace keystile::market {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

using Levels = std::map<int, int>;  // amount by price

std::string written(const Levels& levels) {
  std::string out;
  for (const auto& [price, amount] : levels) {
    out += fmt::format(R"({}["{}","{}"])", out.empty() ? "" : ",", price, amount);
  }
  return out;
}

// An exchange that speaks as Bybit: at each step a trade, a change of the book and of the ticker.
class Exchange {
 public:
  Exchange() { bids_.push_back({{90, 1}, {91, 1}}); }

  void step(int price, int amount) {
    Levels now = bids_.back();
    if (amount == 0) now.erase(price);
    if (amount != 0) now[price] = amount;
    bids_.push_back(now);
    const size_t at = last();
    trades_.push_back(fmt::format(R"({{"topic":"publicTrade.X","type":"snapshot","ts":{0},"data":[)"
                                  R"({{"T":{0},"s":"X","S":"Buy","v":"1","p":"{1}","i":"{0}"}}]}})",
                                  at, price));
    changes_.push_back(book("delta", at, {{price, amount}}));
    tickers_.push_back(fmt::format(
        R"({{"topic":"tickers.X","type":"delta","ts":{},"data":{{"symbol":"X","markPrice":"{}"}}}})",
        at, at));
  }
  size_t last() const { return bids_.size() - 1; }
  const Levels& bids(size_t at) const { return bids_[at]; }
  std::string snapshot(size_t at) const { return book("snapshot", at, bids_[at]); }
  // What the step that led there said.
  std::vector<std::string> said(size_t at) const {
    return {trades_[at - 1], changes_[at - 1], tickers_[at - 1]};
  }

 private:
  static std::string book(const char* type, size_t at, const Levels& bids) {
    return fmt::format(
        R"({{"topic":"orderbook.50.X","type":"{}","ts":{},"data":{{"s":"X","b":[{}],"a":{},"u":{}}}}})",
        type, at, written(bids), std::string_view(type) == "snapshot" ? R"([["99","1"]])" : "[]",
        at + 100);
  }

  std::vector<Levels> bids_;  // after each step
  std::vector<std::string> trades_, changes_, tickers_;
};

// Listens, and holds what it hears against what the exchange did.
struct Listener {
  explicit Listener(const Exchange& of) : exchange(of) {}

  void hear(const Event& event) {
    if (const auto* trade = std::get_if<Trade>(&event)) trades.emplace_back(trade->id);
    liquidations += std::holds_alternative<Liquidation>(event);
    if (const auto* notice = std::get_if<Notice>(&event)) notices.push_back(notice->what);
    if (const auto* ticker = std::get_if<DerivativeTicker>(&event)) {
      marks.push_back(std::stoull(ticker->mark_price->str()));
      has_funding = ticker->funding_rate.has_value();
    }
    if (const auto* change = std::get_if<BookChange>(&event)) {
      if (notices.empty() || notices.back() != Break::kGap) book.apply(*change);
      find();
    }
  }
  // The step at which the exchange's book was this one; never before the one that was heard.
  void find() {
    for (size_t at = step; at <= exchange.last(); ++at) {
      if (exchange.bids(at) != kept()) continue;
      step = at;
      return;
    }
    is_right = false;
  }
  Levels kept() const {
    Levels out;
    for (size_t rank = 0; rank < book.bid_count(); ++rank) {
      out[std::stoi(book.bid(rank).price.str())] = std::stoi(book.bid(rank).amount.str());
    }
    return out;
  }
  std::string trades_from(size_t first) const {
    for (size_t i = 0; i < trades.size(); ++i) {
      if (trades[i] != std::to_string(first + i)) return "not " + trades[i];
    }
    return std::to_string(first + trades.size() - 1);
  }

  const Exchange& exchange;
  Book book;
  std::vector<std::string> trades;
  std::vector<Break> notices;
  std::vector<size_t> marks;
  size_t liquidations = 0;
  size_t step = 0;
  bool is_right = true;
  bool has_funding = false;
};

bool is_asked_for(std::string_view symbol) { return symbol != "Z"; }

struct Scene {
  Scene() {
    auto made = Succession::make(
        "bybit-linear", [this](const Event& event) { listener.hear(event); },
        [this](const std::string& symbol) { heir_gaps.push_back(symbol); }, is_asked_for);
    succession = std::move(*made);
    succession->begin();
    say(exchange.snapshot(0));
    say(R"({"topic":"tickers.X","type":"snapshot","ts":0,)"
        R"("data":{"symbol":"X","markPrice":"1","fundingRate":"0.0001","nextFundingTime":"5"}})");
  }

  bool say(const std::string& text, bool to_heir = false) {
    const Message message{text, now += 1000};
    const auto told_any = to_heir ? succession->take_from_heir(message) : succession->take(message);
    EXPECT_TRUE(told_any) << told_any.error().message << text;
    return told_any.value_or(false);
  }
  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      exchange.step(80 + static_cast<int>(exchange.last() % 7),
                    static_cast<int>(exchange.last() % 5));
    }
  }
  void reach(size_t at) {
    if (at > exchange.last()) steps(static_cast<int>(at - exchange.last()));
  }
  // The connection comes to this step.
  void bring(size_t* side, size_t to, bool to_heir) {
    reach(to);
    while (*side < to) {
      for (const std::string& text : exchange.said(++*side)) say(text, to_heir);
    }
  }
  void heard_to(size_t to) { bring(&heard, to, false); }
  void heir_to(size_t to) { bring(&heir, to, true); }
  void begin_heir(size_t at) {
    reach(at);
    succession->begin_heir(++now);
    begun = now;
    heir = at;
    say(exchange.snapshot(at), true);
  }
  void succeed() {
    succession->succeed(++now);
    heard = heir;
  }
  void expect_all_told() {
    EXPECT_TRUE(listener.notices.empty());
    EXPECT_EQ(listener.trades_from(1), std::to_string(exchange.last()));
    EXPECT_TRUE(listener.is_right);
    EXPECT_EQ(listener.kept(), exchange.bids(exchange.last()));
    EXPECT_TRUE(std::is_sorted(listener.marks.begin(), listener.marks.end()));
  }

  std::vector<std::string> heir_gaps;
  Exchange exchange;
  Listener listener{exchange};
  std::unique_ptr<Succession> succession;
  int64_t now = kSecond, begun = 0;
  size_t heard = 0, heir = 0;  // the step to which each connection has come
};

struct Handover : testing::Test, Scene {};

TEST_F(Handover, GoesOnWhereTheOtherOneEnds) {
  steps(20);
  heard_to(5);
  begin_heir(5);
  heard_to(10);
  heir_to(10);
  ASSERT_TRUE(succession->is_heir_ready(begun));
  succeed();
  EXPECT_EQ(listener.marks.back(), 10u);
  heard_to(20);
  expect_all_told();
  EXPECT_TRUE(listener.has_funding) << "though the heir was never told";
}

// An exchange tells of markets that it was not asked for, on either connection.
TEST_F(Handover, WhatNobodyAskedForIsForgotten) {
  const auto of_z = [](std::string text) {
    std::replace(text.begin(), text.end(), 'X', 'Z');
    return text;
  };
  steps(20);
  heard_to(5);
  say(of_z(exchange.snapshot(5)));
  begin_heir(5);
  for (size_t at = 6; at <= 10; ++at) {
    for (const std::string& text : exchange.said(at)) say(of_z(text));
  }
  heard_to(10);
  heir_to(10);
  ASSERT_TRUE(succession->is_heir_ready(begun));
  succeed();
  for (const std::string& text : exchange.said(11)) say(of_z(text));
  heard_to(20);
  expect_all_told();
  succession->lose_books(Break::kGap, now);
  EXPECT_EQ(listener.notices.size(), 1u) << "of the one that was asked for";
}

TEST_F(Handover, OfAnHeirThatIsAheadWhatItHas) {
  steps(20);
  heard_to(5);
  begin_heir(6);
  heard_to(8);
  heir_to(12);
  EXPECT_TRUE(succession->is_heir_ready(begun));
  succeed();
  EXPECT_EQ(listener.trades_from(1), "12");
  EXPECT_EQ(listener.step, 12u);
  EXPECT_EQ(listener.marks.back(), 12u);
  heard_to(20);
  expect_all_told();
}

TEST_F(Handover, OfAnHeirThatLagsNothingTwice) {
  steps(20);
  begin_heir(0);
  heir_to(2);
  heard_to(12);
  EXPECT_TRUE(succession->is_heir_ready(begun));
  succeed();
  EXPECT_EQ(listener.step, 12u);
  heard_to(11);
  EXPECT_EQ(listener.step, 12u) << "nothing goes back";
  heard_to(20);
  expect_all_told();
}

TEST_F(Handover, ANewCountOfAnExchangeIsBelievedAfterAWhile) {
  steps(20);
  heard_to(15);
  begin_heir(3);
  heir_to(4);
  heard_to(16);
  succeed();
  now += Succession::kFollowNs;
  listener.step = 0;
  say(R"({"topic":"tickers.X","type":"delta","ts":99,"data":{"symbol":"X","markPrice":"99"}})");
  EXPECT_EQ(listener.kept(), exchange.bids(4));
  EXPECT_TRUE(listener.is_right);
}

TEST_F(Handover, WaitsUntilTheHeirKnowsWhatIsTold) {
  steps(20);
  heard_to(3);
  succession->begin_heir(++now);
  EXPECT_FALSE(succession->is_heir_ready(now)) << "it has no book";
  heir = 3;
  say(exchange.snapshot(3), true);
  EXPECT_TRUE(succession->is_heir_ready(now)) << "nothing was told since";
  const int64_t since = now;
  heard_to(5);
  EXPECT_FALSE(succession->is_heir_ready(since)) << "it is not known to bring trades";
  EXPECT_TRUE(succession->is_heir_ready(now + 1));
  heir_to(4);
  EXPECT_TRUE(succession->is_heir_ready(since));
}

// A delisted one, of which both exchange and old connection are silent.
TEST_F(Handover, DoesNotWaitForASymbolThatIsRefusedAndGone) {
  steps(20);
  heard_to(3);
  succession->begin_heir(++now);
  const int64_t since = ++now;
  EXPECT_FALSE(succession->is_heir_ready(since)) << "it has no book";
  EXPECT_FALSE(succession->is_heir_ready(since, {"Y"}));
  EXPECT_TRUE(succession->is_heir_ready(since, {"X"}));
  heard_to(4);
  EXPECT_FALSE(succession->is_heir_ready(since, {"X"})) << "it is not gone: this would be a loss";
  say(exchange.snapshot(4), true);
  EXPECT_FALSE(succession->is_heir_ready(since, {"X"})) << "something else of it was refused";
  EXPECT_TRUE(succession->is_heir_ready(since + 1'000'000));
  succession->drop_heir();
  succession->begin_heir(++now);
  EXPECT_TRUE(succession->is_heir_ready(now, {"X"}));
  succession->succeed(++now);
  EXPECT_EQ(listener.notices, std::vector<Break>{Break::kGap});
}

TEST_F(Handover, OfOneMillisecondTheHeirsTickerCounts) {
  const auto mark = [](int price) {
    return fmt::format(R"({{"topic":"tickers.X","type":"delta","ts":7,)"
                       R"("data":{{"symbol":"X","markPrice":"{}"}}}})",
                       price);
  };
  steps(20);
  begin_heir(0);
  say(mark(50));
  say(mark(50), true);
  say(mark(51), true);
  succeed();
  EXPECT_EQ(listener.marks.back(), 51u);
}

TEST_F(Handover, LiquidationsAreToldOnceAndNotWaitedFor) {
  const std::string closed = R"({"topic":"allLiquidation.X","type":"snapshot","ts":1,)"
                             R"("data":[{"T":1,"s":"X","S":"Sell","v":"2","p":"90"}]})";
  steps(20);
  begin_heir(0);
  const int64_t since = now;
  say(closed);
  EXPECT_TRUE(succession->is_heir_ready(since));
  succeed();
  say(closed);
  EXPECT_EQ(listener.liquidations, 1u);
  now += Succession::kFollowNs;
  heard_to(20);
  say(closed);
  EXPECT_EQ(listener.liquidations, 2u) << "by then it is another one";
}

TEST_F(Handover, AGapOfTheHeirIsMadeGoodInSilence) {
  steps(20);
  begin_heir(0);
  heir = 4;  // it missed some
  heir_to(5);
  EXPECT_EQ(heir_gaps, std::vector<std::string>{"X"});
  heard_to(6);
  EXPECT_FALSE(succession->is_heir_ready(begun));
  say(exchange.snapshot(heir), true);
  heir_to(6);
  EXPECT_TRUE(succession->is_heir_ready(begun));
  succeed();
  heard_to(20);
  expect_all_told();
}

TEST_F(Handover, AnHeirWithAWholeBookEndsAGap) {
  steps(20);
  heard_to(3);
  begin_heir(3);
  heir_to(4);
  heard = 5;  // it missed some
  heard_to(8);
  EXPECT_EQ(listener.notices, std::vector<Break>{Break::kGap});
  heir_to(8);
  succeed();
  EXPECT_EQ(listener.notices, (std::vector<Break>{Break::kGap, Break::kResync}));
  heard_to(20);
  EXPECT_EQ(listener.kept(), exchange.bids(20));
}

TEST_F(Handover, AnHeirThatIsGivenUpLeavesNoTrace) {
  steps(20);
  heard_to(5);
  begin_heir(5);
  heir_to(9);
  succession->drop_heir();
  heard_to(20);
  expect_all_told();
}

TEST_F(Handover, ALossIsToldAsEver) {
  steps(20);
  heard_to(5);
  begin_heir(5);
  heard_to(7);
  succession->lose_books(Break::kGap, ++now);
  EXPECT_EQ(listener.notices, std::vector<Break>{Break::kGap});
  begin_heir(7);
  heir_to(9);
  succession->drop_heir();
  EXPECT_EQ(listener.notices.size(), 1u);
}

// Both go on by chance, each at its own place; three times one takes the other's.
RC_GTEST_PROP(HandoverProperty, TellsAllOnceWhateverTheDelays, ()) {
  Scene scene;
  std::mt19937 chance(*rc::gen::arbitrary<uint32_t>());
  const auto below = [&chance](size_t bound) { return chance() % bound; };
  for (int turn = 0; turn < 3; ++turn) {
    scene.heard_to(scene.heard + 3 + below(9));
    const size_t begun_at = scene.heard;
    const size_t joined_at = begun_at + below(6) - 3;
    scene.begin_heir(joined_at);
    // At least one step that both bring.
    while (std::min(scene.heard, scene.heir) <= std::max(begun_at, joined_at) || below(4) > 0) {
      if (below(2) == 0) {
        scene.heard_to(scene.heard + below(3));
      } else {
        scene.heir_to(scene.heir + below(3));
      }
    }
    RC_ASSERT(scene.succession->is_heir_ready(scene.begun));
    const size_t told = scene.heard;
    scene.succeed();
    scene.heard_to(told);
    scene.now += Succession::kFollowNs;
  }
  scene.heard_to(scene.exchange.last());
  scene.expect_all_told();
  RC_ASSERT(!testing::Test::HasFailure());
}

// Binance spot numbers the best bid and ask, and names no time.
TEST(SuccessionOfATicker, NeverGoesBack) {
  std::vector<int64_t> told;
  const auto on_event = [&told](const Event& event) {
    told.push_back(*std::get<BookTicker>(event).stamp.number);
  };
  const auto succession = Succession::make("binance-spot", on_event).value();
  const auto ticker = [](int number) {
    return fmt::format(R"({{"stream":"x@bookTicker","data":{{"u":{},"s":"X","b":"9","B":"1",)"
                       R"("a":"11","A":"1"}}}})",
                       number);
  };
  const auto say = [&](int number, bool to_heir) {
    const std::string text = ticker(number);
    const Message message{text, kSecond};
    EXPECT_TRUE(to_heir ? succession->take_from_heir(message) : succession->take(message));
  };
  succession->begin();
  say(5, false);
  succession->begin_heir(kSecond);
  say(6, true);
  say(8, false);
  succession->succeed(kSecond);
  for (const int number : {7, 8, 9}) say(number, false);
  EXPECT_EQ(told, (std::vector<int64_t>{5, 8, 9}));

  succession->begin_heir(10 * kSecond);
  say(11, true);
  succession->succeed(10 * kSecond);
  EXPECT_EQ(told.back(), 11);
}

TEST(SuccessionOfABook, TellsItsNumberAndWhereItsSnapshotEnds) {
  std::optional<int64_t> number;
  std::optional<Number> last_bid;
  const auto on_event = [&](const Event& event) {
    if (const auto* change = std::get_if<BookChange>(&event)) {
      number = change->stamp.number;
      last_bid = change->last_bid;
    }
  };
  const auto succession = Succession::make("binance-spot", on_event).value();
  const auto snapshot = [](int at) {
    std::string bids;
    for (int i = 0; i < 1000; ++i) {
      bids += fmt::format(R"({}["{}","1"])", i > 0 ? "," : "", 5000 - i);
    }
    return fmt::format(R"({{"lastUpdateId":{},"bids":[{}],"asks":[["5001","1"]]}})", at, bids);
  };
  const std::string first = snapshot(7), second = snapshot(9);
  succession->begin();
  ASSERT_TRUE(succession->take({first, kSecond, "X"}));
  EXPECT_EQ(number, 7);
  succession->begin_heir(2 * kSecond);
  ASSERT_TRUE(succession->take_from_heir({second, 3 * kSecond, "X"}));
  succession->succeed(4 * kSecond);
  EXPECT_EQ(number, 9);
  ASSERT_TRUE(last_bid);
  EXPECT_EQ(last_bid->str(), "4001");
}

}  // namespace
}  // namespace keystile::market
