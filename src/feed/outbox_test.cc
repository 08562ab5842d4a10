#include "feed/outbox.h"

#include "feed/market_for_test.h"

namespace keystile::feed {
namespace {

struct OutboxTest : testing::Test {
  Outbox make(Slow slow) {
    return Outbox(slow, [](const Topic& topic, uint64_t missed) {
      return topic.market->instrument().symbol + " " + std::string(name_of(topic.channel)) +
             " anew, " + std::to_string(missed) + " missed";
    });
  }
  static Text text(std::string written) {
    return std::make_shared<const std::string>(std::move(written));
  }
  static std::string all(Outbox* outbox) {
    std::string out;
    while (const auto taken = outbox->take()) out += *taken + "|";
    return out;
  }

  State state;
  MarketForTest btc{&state};
  MarketForTest eth{&state, {market::Venue::kBinanceSpot, "ETHUSDT", ""}};
  const Topic book{&btc.held(), Channel::kBook}, trades{&btc.held(), Channel::kTrade};
  const Topic other{&eth.held(), Channel::kBook};
};

TEST_F(OutboxTest, WhoKeepsUpGetsEverythingInItsOrder) {
  Outbox outbox = make(Slow::kConflate);
  outbox.put(book, text("1"));
  outbox.put(trades, text("2"));
  outbox.answer("yes");
  EXPECT_EQ(all(&outbox), "yes|1|2|");
  EXPECT_TRUE(outbox.is_empty());
  EXPECT_EQ(outbox.conflated(), 0u);
}

TEST_F(OutboxTest, WhoDoesNotIsToldWhatIsThen) {
  Outbox outbox = make(Slow::kConflate);
  outbox.put(other, text("first"));
  for (size_t i = 0; i < Outbox::kMostTexts; ++i) outbox.put(i % 2 ? book : trades, text("old"));
  EXPECT_EQ(outbox.conflated(), 1u);
  outbox.put(trades, text("more"));
  EXPECT_EQ(*outbox.take(), "ETHUSDT book anew, 1 missed");
  outbox.put(other, text("change"));
  EXPECT_EQ(all(&outbox), "BTCUSDT trade anew, 5001 missed|BTCUSDT book anew, 5000 missed|change|");
  outbox.put(book, text("change"));
  EXPECT_EQ(all(&outbox), "change|");
  EXPECT_FALSE(outbox.is_full());
}

TEST_F(OutboxTest, ItsBytesAreBounded) {
  Outbox outbox = make(Slow::kConflate);
  const Text large = text(std::string(Outbox::kMostBytes / 2, 'x'));
  outbox.put(book, large);
  outbox.put(book, large);
  EXPECT_EQ(outbox.conflated(), 0u);
  outbox.put(book, text("x"));
  EXPECT_EQ(all(&outbox), "BTCUSDT book anew, 3 missed|");
  outbox.put(book, large);
  EXPECT_EQ(outbox.take()->size(), large->size());
}

// Bybit's largest has 1024 trades, and several may come before anything can be written.
TEST_F(OutboxTest, WhatAFewMessagesTellMakesNobodySlow) {
  Outbox outbox = make(Slow::kDrop);
  for (size_t i = 0; i < size_t{4} * 1024; ++i) outbox.put(trades, text("1"));
  EXPECT_FALSE(outbox.is_full());
}

TEST_F(OutboxTest, WhatIsOwedIsToldAsItIsThen) {
  Outbox outbox = make(Slow::kDrop);
  outbox.put(trades, text("1"));
  outbox.owe(book);
  outbox.owe(book);
  outbox.put(book, text("is in what is owed"));
  EXPECT_EQ(*outbox.take(), "BTCUSDT book anew, 1 missed");
  outbox.put(book, text("2"));
  EXPECT_EQ(all(&outbox), "1|2|");
  // However much it is: a new consumer of many markets is no slow one.
  std::vector<std::unique_ptr<MarketForTest>> markets;
  for (size_t i = 0; i <= Outbox::kMostTexts; ++i) {
    markets.push_back(std::make_unique<MarketForTest>(
        &state, market::Instrument{market::Venue::kOkxSpot, std::to_string(i), ""}));
    outbox.owe({&markets.back()->held(), Channel::kBook});
  }
  EXPECT_FALSE(outbox.is_full());
}

TEST_F(OutboxTest, WhoWishesSoIsSentAwayInstead) {
  Outbox outbox = make(Slow::kDrop);
  for (size_t i = 0; i < Outbox::kMostTexts; ++i) outbox.put(book, text("old"));
  EXPECT_FALSE(outbox.is_full());
  outbox.put(book, text("old"));
  EXPECT_TRUE(outbox.is_full());
  outbox.put(book, text("more"));
  outbox.answer("more");
  EXPECT_FALSE(outbox.take());
}

TEST_F(OutboxTest, WhoAsksAndDoesNotReadIsSentAway) {
  Outbox outbox = make(Slow::kConflate);
  for (size_t i = 0; i <= Outbox::kMostAnswers; ++i) outbox.answer("yes");
  EXPECT_TRUE(outbox.is_full());
}

TEST_F(OutboxTest, TheBytesOfAnswersAreBoundedToo) {
  Outbox outbox = make(Slow::kConflate);
  const std::string large(Outbox::kMostBytes / 2, 'x');
  for (int i = 0; i < 3; ++i) {
    outbox.answer(large);
    EXPECT_EQ(outbox.take()->size(), large.size());
  }
  outbox.answer(large);
  outbox.answer(large);
  EXPECT_FALSE(outbox.is_full());
  outbox.answer("x");
  EXPECT_TRUE(outbox.is_full());
}

TEST_F(OutboxTest, NothingComesOfWhatIsForgotten) {
  Outbox outbox = make(Slow::kConflate);
  outbox.put(book, text("1"));
  outbox.put(trades, text("2"));
  outbox.forget({book});
  EXPECT_EQ(all(&outbox), "2|");
  for (size_t i = 0; i <= Outbox::kMostTexts; ++i) outbox.put(i % 2 ? book : trades, text("old"));
  outbox.forget({trades});
  EXPECT_EQ(all(&outbox), "BTCUSDT book anew, 5000 missed|");
}

TEST_F(OutboxTest, ItCallsOnceForEachTimeItWasEmpty) {
  Outbox outbox = make(Slow::kConflate);
  int calls = 0;
  outbox.on_news([&calls] { ++calls; });
  outbox.put(book, text("1"));
  outbox.put(book, text("2"));
  outbox.answer("3");
  EXPECT_EQ(calls, 1);
  all(&outbox);
  outbox.answer("4");
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace keystile::feed
