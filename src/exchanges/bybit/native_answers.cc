// Order books and trades of spot and contracts. bybit-exchange.github.io/docs/v5/market, read
// 2026-07. Books are numbered as the stream of a thousand levels is.
#include "exchanges/bybit/native_answers.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/native_route.h"

namespace keystile::exchanges::bybit {
namespace {

using About = MarketQuestion::About;

constexpr std::string_view kBook = "/v5/market/orderbook", kTrades = "/v5/market/recent-trade";
constexpr NativeRoute kRoutes[] = {
    {kBook, "spot", About::kBook, Product::kSpot, "symbol", "limit", 1, 1000},
    {kBook, "linear", About::kBook, Product::kLinear, "symbol", "limit", 25, 1000},
    {kBook, "inverse", About::kBook, Product::kInverse, "symbol", "limit", 25, 1000},
    {kTrades, "spot", About::kTrades, Product::kSpot, "symbol", "limit", 60, 60},
    {kTrades, "linear", About::kTrades, Product::kLinear, "symbol", "limit", 500, 1000},
    {kTrades, "inverse", About::kTrades, Product::kInverse, "symbol", "limit", 500, 1000},
};

std::string envelope(std::string_view result, WallTime now) {
  return fmt::format(R"({{"retCode":0,"retMsg":"OK","result":{{{}}},"retExtInfo":{{}},"time":{}}})",
                     result, epoch_ms(now));
}

std::optional<std::string> trade_row(const MarketQuestion& question, const KeptTrade& trade) {
  const bool is_known =
      trade.taker_buys && trade.time_ms && trade.is_block && trade.is_retail && trade.sequence;
  if (!is_known) return {};
  return fmt::format(
      R"({{"execId":"{}","symbol":"{}","price":"{}","size":"{}","side":"{}","time":"{}",)"
      R"("isBlockTrade":{},"isRPITrade":{},"seq":"{}"}})",
      trade.id, question.symbol, trade.price, trade.amount, *trade.taker_buys ? "Buy" : "Sell",
      *trade.time_ms, *trade.is_block, *trade.is_retail, *trade.sequence);
}

class Answers final : public NativeAnswers {
 public:
  std::optional<MarketQuestion> read(const HttpRequest& request) const override {
    return read_question(kRoutes, request);
  }

  std::optional<std::string> book(const MarketQuestion& question, const KeptBook& book,
                                  WallTime now) const override {
    if (!book.number || !book.sequence || !book.time_ms || !book.matched_ms) return {};
    const std::string result =
        fmt::format(R"("s":"{}","a":{},"b":{},"ts":{},"u":{},"seq":{},"cts":{})", question.symbol,
                    native_levels(book.asks), native_levels(book.bids), *book.time_ms, *book.number,
                    *book.sequence, *book.matched_ms);
    return envelope(result, now);
  }

  std::optional<std::string> best(const MarketQuestion&, const KeptBook&) const override {
    return {};
  }

  // Contracts' trades have no numbers that would tell of a hole.
  std::optional<std::string> trades(const MarketQuestion& question,
                                    const std::vector<KeptTrade>& trades,
                                    WallTime now) const override {
    std::string rows;
    for (size_t i = 0; i < std::min(question.limit, trades.size()); ++i) {
      const auto row = trade_row(question, trades[i]);
      if (!row || (i > 0 && trades[i].id == trades[i - 1].id)) return {};
      rows += (i > 0 ? "," : "") + *row;
    }
    return envelope(
        fmt::format(R"("category":"{}","list":[{}])", to_string(question.product), rows), now);
  }

  std::optional<HttpRequest> ask_book(Product product, const std::string& symbol) const override {
    if (product == Product::kOption) return {};
    return request_to("GET", fmt::format("{}?category={}&symbol={}&limit=200", kBook,
                                         to_string(product), symbol));
  }

  Result<KeptBook> read_book(std::string_view body) const override {
    KS_TRY(const json::Value answer, json::parse(body));
    return read_native_book(answer.find("result"), "b", "a");
  }
};

}  // namespace

const NativeAnswers& native_answers() {
  static const Answers answers;
  return answers;
}

}  // namespace keystile::exchanges::bybit
