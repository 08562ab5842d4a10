// Spot's and USD-M's order books, best bids and asks, and spot's recent trades.
// developers.binance.com, market data endpoints of each, read 2026-07.
//
// USD-M's trades are not among them: what its stream tells of several trades of one order, its
// answers tell one by one.
#include "exchanges/binance/native_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/decimal.h"
#include "base/encoding.h"
#include "exchanges/native_route.h"

namespace keystile::exchanges::binance {
namespace {

using About = MarketQuestion::About;

constexpr NativeRoute kRoutes[] = {
    {"/api/v3/depth", "", About::kBook, Product::kSpot, "symbol", "limit", 100, 1000},
    {"/api/v3/ticker/bookTicker", "", About::kBest, Product::kSpot, "symbol", ""},
    {"/api/v3/trades", "", About::kTrades, Product::kSpot, "symbol", "limit", 500, 1000},
    {"/fapi/v1/depth", "", About::kBook, Product::kLinear, "symbol", "limit", 500, 1000},
    {"/fapi/v1/ticker/bookTicker", "", About::kBest, Product::kLinear, "symbol", ""},
};
// USD-M refuses other depths.
constexpr std::array<size_t, 7> kFuturesDepths{5, 10, 20, 50, 100, 500, 1000};

// Price by quantity, with the eight digits that Binance writes; nothing where it has more.
std::optional<std::string> quote_quantity(const KeptTrade& trade) {
  constexpr size_t kDigits = 8;
  const auto price = Decimal::parse(trade.price), quantity = Decimal::parse(trade.amount);
  if (!price || !quantity) return {};
  const auto product = price->times(*quantity, Rounding::kDown);
  if (!product) return {};
  std::string text = product->str();
  if (text.find('.') == text.npos) text += '.';
  const size_t digits = text.size() - text.find('.') - 1;
  if (digits > kDigits) return {};
  return text.append(kDigits - digits, '0');
}

std::optional<std::string> trade_row(const KeptTrade& trade) {
  const auto quote = quote_quantity(trade);
  const bool is_known =
      quote && parse_uint64(trade.id) && trade.time_ms && trade.taker_buys && trade.is_best_match;
  if (!is_known) return {};
  return fmt::format(
      R"({{"id":{},"price":"{}","qty":"{}","quoteQty":"{}","time":{},"isBuyerMaker":{},"isBestMatch":{}}})",
      trade.id, trade.price, trade.amount, *quote, *trade.time_ms, !*trade.taker_buys,
      *trade.is_best_match);
}

class Answers final : public NativeAnswers {
 public:
  std::optional<MarketQuestion> read(const HttpRequest& request) const override {
    const auto question = read_question(kRoutes, request);
    const bool is_futures_book =
        question && question->about == About::kBook && question->product == Product::kLinear;
    if (!is_futures_book) return question;
    const bool is_depth = std::find(kFuturesDepths.begin(), kFuturesDepths.end(),
                                    question->limit) != kFuturesDepths.end();
    return is_depth ? question : std::nullopt;
  }

  std::optional<std::string> book(const MarketQuestion& question, const KeptBook& book,
                                  WallTime) const override {
    if (!book.number) return {};
    std::string out = fmt::format(R"({{"lastUpdateId":{},)", *book.number);
    if (question.product == Product::kLinear) {
      if (!book.time_ms || !book.matched_ms) return {};
      out += fmt::format(R"("E":{},"T":{},)", *book.time_ms, *book.matched_ms);
    }
    return out + R"("bids":)" + native_levels(book.bids) + R"(,"asks":)" +
           native_levels(book.asks) + '}';
  }

  std::optional<std::string> best(const MarketQuestion& question,
                                  const KeptBook& best) const override {
    if (best.bids.empty() || best.asks.empty()) return {};
    const KeptLevel &bid = best.bids.front(), &ask = best.asks.front();
    std::string out = fmt::format(
        R"({{"symbol":"{}","bidPrice":"{}","bidQty":"{}","askPrice":"{}","askQty":"{}")",
        question.symbol, bid.price, bid.amount, ask.price, ask.amount);
    if (question.product == Product::kLinear) {
      if (!best.matched_ms) return {};
      out += fmt::format(R"(,"time":{})", *best.matched_ms);
    }
    return out + '}';
  }

  // The oldest first. Each trade's number is the next one's less one, so that a list without a hole
  // is known by that.
  std::optional<std::string> trades(const MarketQuestion& question,
                                    const std::vector<KeptTrade>& trades, WallTime) const override {
    std::string out = "[";
    const size_t count = std::min(question.limit, trades.size());
    for (size_t i = count; i-- > 0;) {
      const bool follows = i + 1 == count || follows_by_one(trades[i + 1], trades[i]);
      const auto row = trade_row(trades[i]);
      if (!row || !follows) return {};
      if (out.size() > 1) out += ',';
      out += *row;
    }
    return out + ']';
  }

  std::optional<HttpRequest> ask_book(Product product, const std::string& symbol) const override {
    const char* path = product == Product::kSpot      ? "/api/v3/depth"
                       : product == Product::kLinear  ? "/fapi/v1/depth"
                       : product == Product::kInverse ? "/dapi/v1/depth"
                                                      : nullptr;
    if (!path) return {};
    return request_to("GET", fmt::format("{}?symbol={}&limit=500", path, symbol));
  }

  Result<KeptBook> read_book(std::string_view body) const override {
    KS_TRY(const json::Value answer, json::parse(body));
    return read_native_book(&answer, "bids", "asks");
  }
};

}  // namespace

const NativeAnswers& native_answers() {
  static const Answers answers;
  return answers;
}

}  // namespace keystile::exchanges::binance
