// Answers to an exchange's own public market routes, in its own shape, made from market data that
// is kept instead of asking for it: which requests can be answered so, and how the answer is
// written. Each exchange's folder has its own. An answer has every member that the exchange's has,
// and none that is not known: where one is missing there is no answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "base/time.h"
#include "exchanges/intent.h"

namespace keystile::exchanges {

// What a request asks for.
struct MarketQuestion {
  enum class About { kBook, kBest, kTrades };
  About about = About::kBook;
  Product product = Product::kSpot;
  std::string symbol;  // as the exchange spells it
  size_t limit = 1;    // levels of each side, or trades
};

// Numbers are as the exchange wrote them.
struct KeptLevel {
  std::string price, amount;
  std::optional<uint32_t> orders;  // that it is made of
};

// What an exchange does not number or date, or only otherwise than in these answers, is absent.
struct KeptBook {
  std::vector<KeptLevel> bids, asks;  // the best first
  std::optional<int64_t> number;      // of this state
  std::optional<int64_t> sequence;    // Bybit's seq
  std::optional<int64_t> time_ms;     // when the exchange told it
  std::optional<int64_t> matched_ms;  // when its matching engine made it
};

struct KeptTrade {
  std::string id, price, amount;
  std::optional<bool> taker_buys;
  std::optional<int64_t> time_ms, sequence, source;
  std::optional<bool> is_block, is_retail, is_best_match;
};

class NativeAnswers {
 public:
  virtual ~NativeAnswers() = default;
  // Nothing: another route, or parameters that could make another answer.
  virtual std::optional<MarketQuestion> read(const HttpRequest& request) const = 0;
  // Bodies. now: when they are given.
  virtual std::optional<std::string> book(const MarketQuestion& question, const KeptBook& book,
                                          WallTime now) const = 0;
  // best: a book with the best level of each side.
  virtual std::optional<std::string> best(const MarketQuestion& question,
                                          const KeptBook& best) const = 0;
  // The newest first: as many as were asked for, and one more where it is known, by which some see
  // that none is missing before them.
  virtual std::optional<std::string> trades(const MarketQuestion& question,
                                            const std::vector<KeptTrade>& trades,
                                            WallTime now) const = 0;

  // The other way: how an order book is asked for, of some hundred levels; nothing where the
  // exchange has none of that product. And the levels of its answer: "book.unreadable".
  virtual std::optional<HttpRequest> ask_book(Product product, const std::string& symbol) const = 0;
  virtual Result<KeptBook> read_book(std::string_view body) const = 0;
};

// Null: none are made for it.
const NativeAnswers* native_answers(std::string_view exchange);

// One that was made.
struct KeptAnswer {
  std::string body;
  Millis age{};  // since the exchange last told of it
};

}  // namespace keystile::exchanges
