#include "feed/kept_answers.h"

#include <algorithm>

#include "feed/listings.h"

namespace keystile::feed {
namespace {

using exchanges::KeptAnswer;
using exchanges::KeptBook;
using exchanges::KeptLevel;
using exchanges::KeptTrade;
using exchanges::MarketQuestion;
using exchanges::NativeAnswers;
using About = MarketQuestion::About;

std::string written(const market::Number& number) {
  std::string text;
  number.append_written(&text);
  return text;
}

std::optional<int64_t> to_ms(std::optional<int64_t> us) {
  return us ? std::optional(*us / 1000) : std::nullopt;
}

KeptLevel kept(const market::Level& level) {
  KeptLevel made{written(level.price), written(level.amount), {}};
  const bool is_counted = level.orders > 0 && level.orders < market::Level::kManyOrders;
  if (is_counted) made.orders = level.orders;
  return made;
}

std::vector<KeptLevel> kept(const std::vector<market::Level>& levels) {
  std::vector<KeptLevel> made;
  made.reserve(levels.size());
  for (const market::Level& level : levels) made.push_back(kept(level));
  return made;
}

void stamp(const market::Stamp& from, KeptBook* book) {
  book->number = from.number;
  book->sequence = from.sequence;
  book->matched_ms = to_ms(from.matched_us);
}

KeptTrade kept(const Deal& deal) {
  KeptTrade trade{deal.id,
                  written(deal.price),
                  written(deal.amount),
                  {},
                  to_ms(deal.time_us),
                  deal.stamp.sequence,
                  deal.stamp.source,
                  deal.stamp.is_block,
                  deal.stamp.is_retail,
                  deal.stamp.is_best_match};
  if (deal.side != market::Side::kUnknown) trade.taker_buys = deal.side == market::Side::kBuy;
  return trade;
}

std::optional<KeptAnswer> dated(std::optional<std::string> body, Millis age) {
  return body ? std::optional(KeptAnswer{std::move(*body), age}) : std::nullopt;
}

// Whether no level is missing among the best `limit` of a side: its last snapshot was whole, or
// went as far as that.
bool is_known(const std::vector<market::Level>& side, size_t limit,
              const std::optional<market::Number>& cut_at, bool is_bids) {
  if (!cut_at) return true;
  if (side.size() < limit) return false;
  const market::Number& worst = side[limit - 1].price;
  return is_bids ? worst >= *cut_at : worst <= *cut_at;
}

}  // namespace

std::optional<Millis> KeptAnswers::fresh(About about, int64_t received_ns) const {
  const auto age = age_of(received_ns, clock_);
  if (!age) return {};
  const Millis limit = about == About::kBook   ? settings_.book
                       : about == About::kBest ? settings_.best
                                               : settings_.trades;
  const Millis whole = std::max(std::chrono::ceil<Millis>(*age), Millis{0});
  return whole <= limit && limit > Millis{0} ? std::optional(whole) : std::nullopt;
}

std::optional<KeptAnswer> KeptAnswers::book(const Market& market, const MarketQuestion& question,
                                            const NativeAnswers& native) const {
  const Depth depth = market.depth(question.limit);
  const bool is_whole = depth.health == market::Health::kGood &&
                        is_known(depth.bids, question.limit, depth.last_bid, true) &&
                        is_known(depth.asks, question.limit, depth.last_ask, false);
  const auto age = fresh(question.about, depth.received_ns);
  if (!age || !is_whole) return {};
  KeptBook book{kept(depth.bids), kept(depth.asks), {}, {}, to_ms(depth.time_us), {}};
  stamp(depth.stamp, &book);
  return dated(native.book(question, book, clock_.wall()), *age);
}

std::optional<KeptAnswer> KeptAnswers::best(const Market& market, const MarketQuestion& question,
                                            const NativeAnswers& native) const {
  const Quote quote = market.quote();
  const bool is_whole = quote.bid_price && quote.bid_amount && quote.ask_price && quote.ask_amount;
  const auto age = fresh(question.about, quote.top_received_ns);
  if (!age || !is_whole) return {};
  KeptBook best;
  best.bids.push_back(kept({*quote.bid_price, *quote.bid_amount}));
  best.asks.push_back(kept({*quote.ask_price, *quote.ask_amount}));
  stamp(quote.top_stamp, &best);
  return dated(native.best(question, best), *age);
}

std::optional<KeptAnswer> KeptAnswers::trades(const Market& market, const MarketQuestion& question,
                                              const NativeAnswers& native) const {
  const std::vector<Deal> deals = market.unbroken_trades(question.limit + 1);
  if (deals.size() < question.limit) return {};
  const auto age = fresh(question.about, deals.front().received_ns);
  if (!age) return {};
  std::vector<KeptTrade> trades;
  trades.reserve(deals.size());
  for (const Deal& deal : deals) trades.push_back(kept(deal));
  return dated(native.trades(question, trades, clock_.wall()), *age);
}

std::optional<KeptAnswer> KeptAnswers::answer(std::string_view exchange,
                                              const HttpRequest& request) const {
  const NativeAnswers* native = exchanges::native_answers(exchange);
  const auto question = native ? native->read(request) : std::nullopt;
  if (!question || !is_believed_(exchange, question->product)) return {};
  const Market* market = find_market(state_, exchange, question->product, question->symbol);
  if (!market) return {};
  switch (question->about) {
    case About::kBook:
      return book(*market, *question, *native);
    case About::kBest:
      return best(*market, *question, *native);
    case About::kTrades:
      break;
  }
  return trades(*market, *question, *native);
}

}  // namespace keystile::feed
