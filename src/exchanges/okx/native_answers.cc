// Order books and trades of every kind of instrument. www.okx.com/docs-v5, market data, read
// 2026-07.
#include "exchanges/okx/native_answers.h"

#include <fmt/format.h>

#include "exchanges/native_route.h"

namespace keystile::exchanges::okx {
namespace {

using About = MarketQuestion::About;

// An instrument's name tells its kind.
constexpr NativeRoute kRoutes[] = {
    {"/api/v5/market/books", "", About::kBook, Product::kSpot, "instId", "sz", 1, 400},
    {"/api/v5/market/trades", "", About::kTrades, Product::kSpot, "instId", "limit", 100, 500},
};

// Each of price, amount, what was once the number of liquidated orders, and the number of orders.
std::optional<std::string> levels(const std::vector<KeptLevel>& levels) {
  std::string out = "[";
  for (const KeptLevel& level : levels) {
    if (!level.orders) return {};
    if (out.size() > 1) out += ',';
    out += fmt::format(R"(["{}","{}","0","{}"])", level.price, level.amount, *level.orders);
  }
  return out + ']';
}

std::optional<std::string> trade_row(const MarketQuestion& question, const KeptTrade& trade) {
  if (!trade.taker_buys || !trade.time_ms || !trade.source) return {};
  return fmt::format(
      R"({{"instId":"{}","side":"{}","sz":"{}","source":"{}","px":"{}","tradeId":"{}","ts":"{}"}})",
      question.symbol, *trade.taker_buys ? "buy" : "sell", trade.amount, *trade.source, trade.price,
      trade.id, *trade.time_ms);
}

std::string envelope(std::string_view data) {
  return fmt::format(R"({{"code":"0","msg":"","data":[{}]}})", data);
}

class Answers final : public NativeAnswers {
 public:
  std::optional<MarketQuestion> read(const HttpRequest& request) const override {
    return read_question(kRoutes, request);
  }

  std::optional<std::string> book(const MarketQuestion&, const KeptBook& book,
                                  WallTime) const override {
    const auto bids = levels(book.bids), asks = levels(book.asks);
    if (!bids || !asks || !book.number || !book.time_ms) return {};
    return envelope(fmt::format(R"({{"asks":{},"bids":{},"ts":"{}","seqId":{}}})", *asks, *bids,
                                *book.time_ms, *book.number));
  }

  std::optional<std::string> best(const MarketQuestion&, const KeptBook&) const override {
    return {};
  }

  // The stream tells several trades at one price as one, with the last one's id. So where no number
  // is missing, before the oldest either, there are none of those.
  std::optional<std::string> trades(const MarketQuestion& question,
                                    const std::vector<KeptTrade>& trades, WallTime) const override {
    if (trades.size() <= question.limit) return {};
    std::string out;
    for (size_t i = 0; i < question.limit; ++i) {
      const auto row = trade_row(question, trades[i]);
      if (!row || !follows_by_one(trades[i + 1], trades[i])) return {};
      out += (i > 0 ? "," : "") + *row;
    }
    return envelope(out);
  }

  std::optional<HttpRequest> ask_book(Product, const std::string& symbol) const override {
    return request_to("GET", fmt::format("/api/v5/market/books?instId={}&sz=400", symbol));
  }

  Result<KeptBook> read_book(std::string_view body) const override {
    KS_TRY(const json::Value answer, json::parse(body));
    const json::Value* data = answer.find("data");
    const json::Array* books = data ? data->if_array() : nullptr;
    const bool has_one = books && !books->empty();
    return read_native_book(has_one ? &books->front() : nullptr, "bids", "asks");
  }
};

}  // namespace

const NativeAnswers& native_answers() {
  static const Answers answers;
  return answers;
}

}  // namespace keystile::exchanges::okx
