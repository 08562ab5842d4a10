#include "feed/rendered.h"

#include "base/json_writer.h"

namespace keystile::feed {
namespace {

using market::Event;
using market::Form;

std::string written(const Event& event, Form form) {
  std::string out;
  market::append_json(event, &out, form);
  return out;
}

std::string book_now(const Market& market, Form form, int64_t now_ns) {
  const Depth depth = market.depth(market::Book::kMaxLevels);
  const market::Instrument* const instrument = &market.instrument();
  if (depth.health == market::Health::kWaiting) {
    return written(market::Notice{{instrument, {}, now_ns}, market::Break::kGap}, form);
  }
  const market::Origin origin{instrument, depth.time_us, depth.received_ns};
  return written(market::BookChange{origin, true, depth.bids, depth.asks, {}}, form);
}

std::string book_ticker_now(const Market& market, Form form) {
  const Quote quote = market.quote();
  const market::Origin origin{&market.instrument(), {}, quote.top_received_ns};
  return written(market::BookTicker{origin, quote.bid_price, quote.bid_amount, quote.ask_price,
                                    quote.ask_amount},
                 form);
}

std::string derivative_ticker_now(const Market& market, Form form) {
  market::DerivativeTicker ticker = market.quote().ticker;
  ticker.origin.instrument = &market.instrument();
  return written(ticker, form);
}

std::string status_now(const Market& market, Form form) {
  const TradingStatus status = market.status();
  const market::Origin origin{&market.instrument(), status.time_us, status.received_ns};
  return written(market::InstrumentStatus{origin, status.trading, status.text}, form);
}

std::string missed_now(const Topic& topic, uint64_t missed, int64_t now_ns) {
  std::string out;
  json::Writer writer(&out);
  const market::Instrument& instrument = topic.market->instrument();
  writer.begin_object();
  writer.text("type", "missed");
  writer.text("symbol", market::tardis_symbol(instrument));
  writer.text("exchange", market::tardis_name(instrument.venue));
  writer.text("channel", name_of(topic.channel));
  writer.number("count", missed);
  writer.number("local_us", now_ns / 1000);
  writer.end_object();
  return out;
}

}  // namespace

bool has_now(const Topic& topic) {
  if (topic.is_status) return topic.market->status().received_ns != 0;
  switch (topic.channel) {
    case Channel::kBook:
      return true;
    case Channel::kBookTicker:
      return topic.market->quote().top_received_ns != 0;
    case Channel::kDerivativeTicker:
      return topic.market->quote().ticker_received_ns != 0 &&
             !topic.market->quote().ticker_is_stale;
    case Channel::kTrade:
    case Channel::kLiquidation:
    case Channel::kOptionSummary:
      break;
  }
  return false;
}

std::string render_now(const Topic& topic, uint64_t missed, Form form, int64_t now_ns) {
  if (!has_now(topic)) return missed_now(topic, missed, now_ns);
  if (topic.is_status) return status_now(*topic.market, form);
  if (topic.channel == Channel::kBook) return book_now(*topic.market, form, now_ns);
  if (topic.channel == Channel::kBookTicker) return book_ticker_now(*topic.market, form);
  return derivative_ticker_now(*topic.market, form);
}

Channel channel_of(const Event& event) {
  if (std::holds_alternative<market::Trade>(event)) return Channel::kTrade;
  if (std::holds_alternative<market::BookTicker>(event)) return Channel::kBookTicker;
  if (std::holds_alternative<market::Liquidation>(event)) return Channel::kLiquidation;
  if (std::holds_alternative<market::OptionSummary>(event)) return Channel::kOptionSummary;
  const bool is_ticker = std::holds_alternative<market::DerivativeTicker>(event) ||
                         std::holds_alternative<market::InstrumentStatus>(event);
  return is_ticker ? Channel::kDerivativeTicker : Channel::kBook;
}

}  // namespace keystile::feed
