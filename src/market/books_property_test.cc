// Books kept over a network that loses, repeats and swaps messages, against the exchange's own
// book: at every moment ours is one that the exchange had, and the one that the change named; what
// is missing is noticed; once messages arrive again, it is the exchange's.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "market/book.h"
#include "market/reader.h"

namespace keystile::market {
namespace {

using Side = std::map<int, int>;  // price → amount
struct Sides {
  Side bids, asks;
  bool operator==(const Sides&) const = default;
};

// One change, and the book after it.
struct Change {
  int64_t first, last, previous;
  Sides levels;  // what it changes: amount 0 takes away
  Sides after;
};

// The same bit by bit as what the exchange computes.
int32_t crc32_of(std::string_view text) {
  uint32_t crc = 0xffffffff;
  for (const char c : text) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return static_cast<int32_t>(~crc);
}

std::string checked_text(const Sides& sides) {
  std::string text;
  auto bid = sides.bids.rbegin();
  auto ask = sides.asks.begin();
  for (int i = 0; i < 25; ++i) {
    if (bid != sides.bids.rend()) {
      text += fmt::format("{}:{}:", bid->first, bid->second);
      ++bid;
    }
    if (ask != sides.asks.end()) {
      text += fmt::format("{}:{}:", ask->first, ask->second);
      ++ask;
    }
  }
  if (!text.empty()) text.pop_back();
  return text;
}

std::string levels_text(const Side& side, const char* level) {
  std::string text = "[";
  for (const auto& [price, amount] : side) {
    if (text.size() > 1) text += ',';
    text += fmt::format(fmt::runtime(level), price, amount);
  }
  return text + "]";
}

// How an exchange writes a change, or a snapshot of its book after one. The exchange's time is the
// number of the change, so that an event tells which it was.
struct Exchange {
  const char* name;
  const char* product;
  bool rest_snapshot;
  std::string (*text)(const Change& change, bool is_snapshot);
};

std::string binance(const Change& c, bool is_snapshot) {
  constexpr const char* kLevel = R"(["{}","{}"])";
  if (is_snapshot) {
    return fmt::format(R"({{"lastUpdateId":{},"T":{},"bids":{},"asks":{}}})", c.last, c.last,
                       levels_text(c.after.bids, kLevel), levels_text(c.after.asks, kLevel));
  }
  return fmt::format(
      R"({{"stream":"a@depth","data":{{"s":"A","E":{},"U":{},"u":{},"pu":{},"b":{},"a":{}}}}})",
      c.last, c.first, c.last, c.previous, levels_text(c.levels.bids, kLevel),
      levels_text(c.levels.asks, kLevel));
}

std::string bybit(const Change& c, bool is_snapshot) {
  constexpr const char* kLevel = R"(["{}","{}"])";
  const Sides& sides = is_snapshot ? c.after : c.levels;
  return fmt::format(
      R"({{"topic":"orderbook.50.A","type":"{}","ts":{},"data":{{"s":"A","u":{},"b":{},"a":{}}}}})",
      is_snapshot ? "snapshot" : "delta", c.last, c.last, levels_text(sides.bids, kLevel),
      levels_text(sides.asks, kLevel));
}

std::string deribit(const Change& c, bool is_snapshot) {
  const Sides& sides = is_snapshot ? c.after : c.levels;
  constexpr const char* kLevel = R"(["change",{},{}.0])";
  const std::string previous =
      is_snapshot ? "" : fmt::format(R"("prev_change_id":{},)", c.previous);
  return fmt::format(
      R"({{"params":{{"channel":"book.A.raw","data":{{"type":"{}","timestamp":{},{}"change_id":{},)"
      R"("instrument_name":"A","bids":{},"asks":{}}}}}}})",
      is_snapshot ? "snapshot" : "change", c.last, previous, c.last,
      levels_text(sides.bids, kLevel), levels_text(sides.asks, kLevel));
}

std::string okx(const Change& c, bool is_snapshot, const std::string& proof) {
  const Sides& sides = is_snapshot ? c.after : c.levels;
  constexpr const char* kLevel = R"(["{}","{}","0","1"])";
  return fmt::format(
      R"({{"arg":{{"channel":"books","instId":"A-B"}},"action":"{}","data":[{{"ts":"{}",{},)"
      R"("bids":{},"asks":{}}}]}})",
      is_snapshot ? "snapshot" : "update", c.last, proof, levels_text(sides.bids, kLevel),
      levels_text(sides.asks, kLevel));
}

std::string okx_numbered(const Change& c, bool is_snapshot) {
  return okx(c, is_snapshot,
             fmt::format(R"("checksum":0,"seqId":{},"prevSeqId":{})", c.last,
                         is_snapshot ? -1 : c.previous));
}

// As before 2023: the checksum alone tells.
std::string okx_checked(const Change& c, bool is_snapshot) {
  return okx(c, is_snapshot, fmt::format(R"("checksum":{})", crc32_of(checked_text(c.after))));
}

constexpr Exchange kExchanges[] = {
    {"Binance spot", "binance-spot", true, binance},
    {"Binance futures", "binance-usdm", true, binance},
    {"Bybit", "bybit-linear", false, bybit},
    {"Deribit", "deribit", false, deribit},
    {"OKX", "okx", false, okx_numbered},
    {"OKX by checksum", "okx", false, okx_checked},
};

// The exchange's own book. Bids are below 100, asks above. It is never all empty: the checksum of
// that is 0, by which OKX also says that it gives none.
class Market {
 public:
  const Change& change(uint32_t random) {
    Change next = history_.back();
    next.previous = next.last;
    next.first = next.last + 1;
    next.last = next.first;
    next.levels = Sides{};
    for (int i = 0; i < 2; ++i, random /= 64) {
      Side Sides::*side = random & 1 ? &Sides::bids : &Sides::asks;
      const int price = (random & 1 ? 90 : 101) + static_cast<int>(random / 2 % 8);
      int amount = static_cast<int>(random / 16 % 4);
      if (next.after.bids.size() == 1 && next.after.bids.contains(price)) amount = 1 + amount % 3;
      (next.levels.*side)[price] = amount;
      (next.after.*side)[price] = amount;
      if (amount == 0) (next.after.*side).erase(price);
    }
    history_.push_back(next);
    return history_.back();
  }
  const Change& now() const { return history_.back(); }
  const Sides& at(int64_t number) const { return history_[static_cast<size_t>(number - 1)].after; }
  bool ever_was(const Sides& sides) const {
    for (const Change& each : history_) {
      if (each.after == sides) return true;
    }
    return false;
  }

 private:
  std::vector<Change> history_ = {{1, 1, 0, {}, {{{95, 1}}, {{105, 1}}}}};
};

Sides sides_of(const Book& book) {
  const auto number = [](const Number& each) { return std::stoi(each.str()); };
  Sides sides;
  for (size_t i = 0; i < book.bid_count(); ++i) {
    sides.bids[number(book.bid(i).price)] = number(book.bid(i).amount);
  }
  for (size_t i = 0; i < book.ask_count(); ++i) {
    sides.asks[number(book.ask(i).price)] = number(book.ask(i).amount);
  }
  return sides;
}

class Consumer {
 public:
  Consumer(const Exchange& exchange, const Market& market)
      : exchange_(exchange), market_(market), reader_(std::move(*make_reader(exchange.product))) {}

  void receive(const std::string& text, bool is_rest) {
    const auto events = reader_->read({text, 0, is_rest ? "A" : ""});
    RC_ASSERT(events);
    for (const Event& event : *events) take(event);
  }
  bool needs_snapshot() const { return book_.health() == Health::kWaiting; }
  Sides sides() const { return sides_of(book_); }

 private:
  void take(const Event& event) {
    if (const auto* notice = std::get_if<Notice>(&event)) {
      if (notice->what == Break::kGap) book_.invalidate();
      return;
    }
    const auto& change = std::get<BookChange>(event);
    if (book_.apply(change) == Health::kWaiting) return;
    RC_ASSERT(market_.ever_was(sides()));
    // A folded snapshot is newer than it says.
    if (change.is_snapshot && exchange_.rest_snapshot) return;
    RC_ASSERT(sides() == market_.at(*change.origin.time_us / 1000));
  }

  const Exchange& exchange_;
  const Market& market_;
  std::unique_ptr<Reader> reader_;
  Book book_;
};

enum class Fate : uint8_t { kArrives, kLost, kTwice, kLate };

void play(const Exchange& exchange, const std::vector<std::pair<uint32_t, uint8_t>>& script) {
  Market market;
  Consumer consumer(exchange, market);
  std::string late;
  const auto snapshot = [&] {
    consumer.receive(exchange.text(market.now(), true), exchange.rest_snapshot);
  };
  for (const auto& [random, chance] : script) {
    const std::string text = exchange.text(market.change(random), false);
    const Fate fate = chance % 16 < 4 ? static_cast<Fate>(chance % 4) : Fate::kArrives;
    if (fate == Fate::kArrives || fate == Fate::kTwice) consumer.receive(text, false);
    if (fate == Fate::kTwice) consumer.receive(text, false);
    if (!late.empty()) consumer.receive(late, false);
    late = fate == Fate::kLate ? text : "";
    // Who needs a snapshot gets it some time later.
    if (consumer.needs_snapshot() && chance % 3 == 0) snapshot();
  }
  if (!late.empty()) consumer.receive(late, false);
  // From here on everything arrives. Two changes: a loss shows with the first that comes after it.
  for (const uint32_t random : {7u, 6u}) {
    consumer.receive(exchange.text(market.change(random), false), false);
    if (consumer.needs_snapshot()) snapshot();
  }
  RC_ASSERT(consumer.sides() == market.now().after);
}

class Books : public testing::TestWithParam<Exchange> {};

TEST_P(Books, AreTheExchangesOrKnownToBeIncomplete) {
  EXPECT_TRUE(rc::check(
      [](const std::vector<std::pair<uint32_t, uint8_t>>& script) { play(GetParam(), script); }));
}

INSTANTIATE_TEST_SUITE_P(All, Books, testing::ValuesIn(kExchanges), [](const auto& each) {
  std::string name = each.param.name;
  std::erase(name, ' ');
  return name;
});

}  // namespace
}  // namespace keystile::market
